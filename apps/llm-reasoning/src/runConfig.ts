import { z } from 'zod';
import { methodNames } from './languageMethods.js';

/** The names of the tasks. */
export const taskNames = ['arithmetic', 'puzzle', 'strings', 'sorting', 'logic', 'star', 'graph'] as const;

export type TaskName = (typeof taskNames)[number];

/** The settings of a run that depend neither on the task nor on the method; the others are in its objects. */
export const runConfig = z.strictObject({
  task: z.enum(taskNames).default('arithmetic').describe('what is learned; `rivulet list` tells of each'),
  method: z.enum(methodNames).default('dapo').describe('what learns after the warm start'),
  reward: z.enum(['verifier', 'model']).default('verifier').describe('what the method learns from: verified answers, or a reward model that learned from comparisons'),
  seed: z.int().min(0).default(1).describe('seed of everything random in the run'),
  difficulty: z.union([z.literal('all'), z.int().min(1)]).default('all').describe('level of the problems, as the task counts them'),
  until: z.union([z.literal('never'), z.number().gt(0).max(1)]).default(0.9).describe('stop when an evaluation reaches this held-out accuracy'),
  rounds: z.int().min(1).default(500).describe('rounds of the method at most'),
  minutes: z.union([z.literal('unlimited'), z.number().positive()]).default('unlimited').describe('stop after so much time, warm start included'),
  evaluateEvery: z.int().min(1).default(10).describe('rounds of the method between evaluations'),
  problems: z.int().min(1).default(200).describe('held-out problems of an evaluation, the same each time'),
  finalProblems: z.int().min(1).default(1000).describe('other held-out problems, of the evaluations after the warm start and at the end'),
  samples: z.int().min(8).default(8).describe('samples for each of 100 of those problems, for pass@k and the majority vote'),
  transcripts: z.int().min(0).default(8).describe('completions of an evaluation that are kept to read'),
  newTokens: z.union([z.literal('auto'), z.int().min(1)]).default('auto').describe('the most tokens of a completion; auto is what worked solutions need, and a little more'),
  checkpointSeconds: z.number().min(0).default(30).describe('seconds between checkpoints; 0 for one at the end of a phase only'),
  backend: z.enum(['auto', 'tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm', 'cpu']).default('cpu').describe('what computes the few tensors that are not compiled'),
  pretrained: z.string().min(1).default('none').describe("folder of a model to start from (config.json, safetensors, tokenizer.json); without one a model of the given form starts from nothing"),
  chat: z.boolean().default(false).describe("write prompts as the chat template of the pretrained model has them"),
  system: z.string().default("Solve the problem. End with '#' and the answer alone.").describe('system message of such a chat; none if empty'),
  taskOptions: z.record(z.string(), z.unknown()).default({}).describe("the task's own options"),
  model: z.record(z.string(), z.unknown()).default({}).describe('the form of the language model that starts from nothing'),
  lora: z.record(z.string(), z.unknown()).default({}).describe('low-rank adapters of a pretrained model'),
  warmStart: z.record(z.string(), z.unknown()).default({}).describe('supervised learning of worked solutions'),
  rewardModel: z.record(z.string(), z.unknown()).default({}).describe('the reward model, where the reward is one'),
  settings: z.record(z.string(), z.unknown()).default({}).describe("the method's own settings"),
});

/** The whole config of a run; those of its objects that hold settings are checked by `configSchema`. */
export type RunConfig = z.infer<typeof runConfig>;
