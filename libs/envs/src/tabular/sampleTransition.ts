import type { Rng } from '@rivulet/engine';
import type { TabularMdp } from './assembleMdp.js';
import { sampleOutcome } from './sampleOutcome.js';

/** One draw from an MDP. */
export interface Transition {
  readonly nextState: number;
  readonly reward: number;
  readonly terminated: boolean;
}

/**
 * Generative access (Kearns and Singh 1999): draws s′ and the reward of any state and action, without an episode.
 * @throws when the state or the action does not exist.
 */
export function sampleTransition(mdp: TabularMdp, state: number, action: number, rng: Rng): Transition {
  if (!(Number.isInteger(state) && state >= 0 && state < mdp.numStates)) throw new Error(`sampleTransition: the state must be in 0..${mdp.numStates - 1}, got ${state}`);
  if (!(Number.isInteger(action) && action >= 0 && action < mdp.numActions)) throw new Error(`sampleTransition: the action must be in 0..${mdp.numActions - 1}, got ${action}`);
  const k = sampleOutcome(mdp, state, action, rng);
  return { nextState: mdp.nextStates[k], reward: mdp.rewards[k], terminated: mdp.terminated[k] === 1 };
}
