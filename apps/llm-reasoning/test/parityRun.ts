import type { RunInput } from '../src/resolveConfig.js';

/**
 * A run of a second or two: a tiny model learns the parity of sums. After a little learning a guess is right every other time, so that there is something to compare in every round.
 * Each phase makes four rounds, and stores what it has after every one.
 */
export const parityRun = {
  difficulty: 2,
  until: 'never',
  rounds: 4,
  evaluateEvery: 2,
  problems: 6,
  finalProblems: 10,
  transcripts: 2,
  checkpointSeconds: 0.0001,
  taskOptions: { digits: 2, style: 'direct', modulus: 2 },
  model: { dim: 8, layers: 1, heads: 2, mlpDim: 8 },
  warmStart: { until: 'never', rounds: 4, evaluateEvery: 2, batchSize: 8, steps: 8, learningRate: 1e-2 },
  settings: { prompts: 4, groupSize: 4, minibatchPrompts: 2, epochs: 1 },
} satisfies RunInput;
