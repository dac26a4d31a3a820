import type { BoundaryMessage, EvaluationMessage, RolloutMessage, UpdateMessage } from '../src/index.js';

/** A rollout of 10 steps that ends at `step`. */
export function rollout(step: number, meanReturn?: number, window = meanReturn === undefined ? 0 : 100): RolloutMessage {
  return { kind: 'rollout', step, steps: 10, episodes: [], meanReturn, window, policyLag: 0 };
}

export function update(step: number): UpdateMessage {
  return { kind: 'update', step, updates: step / 10, metrics: { loss: 1 / step } };
}

export function evaluation(step: number): EvaluationMessage {
  return { kind: 'evaluation', step, episodes: [{ return: 1, length: 2 }], meanReturn: 1 };
}

export function boundary(step: number): BoundaryMessage<string> {
  return { kind: 'boundary', step, meanReturn: undefined, window: 0, weights: `w${step}`, snapshot: async () => ({ arrays: {}, data: { step } }), hold: () => undefined };
}
