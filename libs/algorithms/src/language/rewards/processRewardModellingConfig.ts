import { z } from 'zod';
import { tokenConfigFields } from '../tokenConfigFields.js';

/** The settings of {@link processRewardModelling}. */
export const processRewardModellingConfig = z.strictObject({
  prompts: z.int().min(1).default(32).describe('prompts in a round'),
  groupSize: z.int().min(1).default(4).describe('solutions of each prompt'),
  newTokens: z.int().min(1).default(32).describe('the most tokens of a solution'),
  untilMistake: z.boolean().default(false).describe('steps after the first that is labelled 0 do not count'),
  positiveWeight: z.number().positive().default(1).describe('weight of right steps; wrong ones weigh 1'),
  aggregation: z.enum(['step', 'solution']).default('step').describe('whether every step counts alike, or every solution, by the mean over its steps'),
  epochs: z.int().min(1).default(1).describe('passes over the solutions of a round'),
  minibatchSize: z.int().min(1).default(128).describe('solutions in a gradient step'),
  learningRate: tokenConfigFields.learningRate.default(1e-4),
  warmupUpdates: tokenConfigFields.warmupUpdates.default(0),
  annealUpdates: tokenConfigFields.annealUpdates.default(0),
  anneal: tokenConfigFields.anneal.default('linear'),
  maxGradientNorm: tokenConfigFields.maxGradientNorm.default(1),
  compile: tokenConfigFields.compile.default(true),
});

export type ProcessRewardModellingConfig = z.infer<typeof processRewardModellingConfig>;
