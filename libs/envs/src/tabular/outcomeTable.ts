import type { TabularMdp } from './assembleMdp.js';
import type { Outcome, OutcomeTable } from './outcomeMdp.js';

/** The law of an MDP as Gymnasium's `P[state][action] = [[probability, nextState, reward, terminated], …]`. */
export function outcomeTable(mdp: TabularMdp): OutcomeTable {
  const outcomes = (row: number): Outcome[] =>
    Array.from({ length: mdp.offsets[row + 1] - mdp.offsets[row] }, (_, i): Outcome => {
      const k = mdp.offsets[row] + i;
      return [mdp.probabilities[k], mdp.nextStates[k], mdp.rewards[k], mdp.terminated[k] === 1];
    });
  return Array.from({ length: mdp.numStates }, (_, s) => Array.from({ length: mdp.numActions }, (_, a) => outcomes(s * mdp.numActions + a)));
}
