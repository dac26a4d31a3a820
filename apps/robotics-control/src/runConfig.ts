import { z } from 'zod';

/** The algorithms that this app trains. */
export const algorithmNames = ['ppo', 'a2c', 'dqn', 'sac', 'td3'] as const;

export type AlgorithmName = (typeof algorithmNames)[number];

/** The settings of a run that do not depend on the algorithm; those that do are in `settings`. */
export const runConfig = z.strictObject({
  env: z.string().default('CartPole-v1').describe('environment id; `rivulet list` shows them'),
  algorithm: z.enum(algorithmNames).default('ppo').describe('learning algorithm'),
  steps: z.int().min(1).default(100_000).describe('environment steps to train for at most'),
  seed: z.int().min(0).default(1).describe('seed of everything random in the run'),
  untilReturn: z.union([z.literal('never'), z.number()]).default('never').describe('stop when the mean return of the last 100 training episodes reaches this'),
  untilEvaluation: z.union([z.literal('never'), z.number()]).default('never').describe('stop when an evaluation during training reaches this mean return'),
  evaluateEvery: z.int().min(0).default(0).describe('environment steps between evaluations during training; 0 for none'),
  episodes: z.int().min(1).default(20).describe('episodes per evaluation'),
  checkpointSeconds: z.number().min(0).default(10).describe('seconds between checkpoints; 0 for one at the end only'),
  backend: z.enum(['auto', 'tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm', 'cpu']).default('auto').describe('what computes the tensors'),
  settings: z.record(z.string(), z.unknown()).default({}).describe("the algorithm's own settings"),
});

export type RunConfig = z.infer<typeof runConfig>;
