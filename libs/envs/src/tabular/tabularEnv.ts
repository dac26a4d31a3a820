import type { Rng } from '@rivulet/engine';
import type { Rows } from '../env.js';
import type { Discrete } from '../space.js';
import { discrete } from '../spaces/discrete.js';
import type { BatchSpace } from '../spaces/batchSpace.js';
import type { Batch } from '../vector/batch.js';
import type { EnvDefinition } from '../vector/envDefinition.js';
import type { TabularMdp } from './assembleMdp.js';
import { sampleOutcome } from './sampleOutcome.js';

/** How the states of an MDP are shown: the space of observations, and what writes the one of a state to `out[offset]` and on; `out` is zero there before. */
export interface StateObservation<O extends BatchSpace = BatchSpace> {
  readonly space: O;
  write(state: number, out: Rows, offset: number): void;
}

/** What {@link tabularEnv} takes beside the MDP. */
export interface TabularEnvOptions<O extends BatchSpace = BatchSpace> {
  /** Default `'Tabular'`. */
  readonly id?: string;
  /** Default: the number of the state. */
  readonly observation?: StateObservation<O>;
  /** Default: the horizon of the MDP. */
  readonly maxEpisodeSteps?: number;
  readonly rewardThreshold?: number;
  /** Added to the reward of a step from the given state: noise that a table cannot hold. */
  readonly rewardNoise?: (state: number, rng: Rng) => number;
}

/** An environment whose law is known: its MDP lies beside it. */
export interface TabularEnv<O extends BatchSpace = BatchSpace> extends EnvDefinition<O, Discrete> {
  readonly mdp: TabularMdp;
}

function numberOfState(mdp: TabularMdp): StateObservation<Discrete> {
  return {
    space: discrete(mdp.numStates),
    write: (state, out, offset) => {
      out[offset] = state;
    },
  };
}

/** Draws from ρ, without looking at the states outside its support. */
function startSampler(rho: Float64Array): (rng: Rng) => number {
  const states = Int32Array.from(rho.keys()).filter((state) => rho[state] > 0);
  const weights = Float64Array.from(states, (state) => rho[state]);
  return (rng) => states[rng.nextCategorical(weights)];
}

/**
 * The environment of a finite MDP: its one state number is the MDP's state, drawn from ρ at a reset; a step draws an outcome of (state, action)
 * with the copy's own stream. The episode is cut after the horizon, which is a truncation: the state does not tell the time, so that
 * bootstrapping from it is right.
 */
export function tabularEnv(mdp: TabularMdp, options?: Omit<TabularEnvOptions, 'observation'>): TabularEnv<Discrete>;
export function tabularEnv<O extends BatchSpace>(mdp: TabularMdp, options: TabularEnvOptions<O> & { readonly observation: StateObservation<O> }): TabularEnv<O>;
export function tabularEnv(mdp: TabularMdp, options: TabularEnvOptions = {}): TabularEnv {
  const { id = 'Tabular', rewardThreshold, rewardNoise } = options;
  const observation: StateObservation = options.observation ?? numberOfState(mdp);
  const maxEpisodeSteps = options.maxEpisodeSteps ?? (mdp.horizon === Infinity ? undefined : mdp.horizon);
  const shape = observation.space.kind === 'box' ? observation.space.shape : [1];
  const drawStart = startSampler(mdp.rho.data);
  const width = shape.reduce((product, size) => product * size, 1);
  return {
    id,
    mdp,
    observationSpace: observation.space,
    actionSpace: discrete(mdp.numActions),
    stateSize: 1,
    ...(maxEpisodeSteps === undefined ? {} : { maxEpisodeSteps }),
    ...(rewardThreshold === undefined ? {} : { rewardThreshold }),
    reset(batch: Batch, copy: number): void {
      batch.state[copy] = drawStart(batch.rngs[copy]);
    },
    step(batch: Batch, actions: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        const state = batch.state[i];
        const k = sampleOutcome(mdp, state, actions[i], batch.rngs[i]);
        batch.state[i] = mdp.nextStates[k];
        batch.reward[i] = rewardNoise === undefined ? mdp.rewards[k] : mdp.rewards[k] + rewardNoise(state, batch.rngs[i]);
        batch.terminated[i] = mdp.terminated[k];
      }
    },
    observe(batch: Batch, out: Rows, from: number, to: number): void {
      out.fill(0, from * width, to * width);
      for (let i = from; i < to; i++) observation.write(batch.state[i], out, i * width);
    },
  };
}
