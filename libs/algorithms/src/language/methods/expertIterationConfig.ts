import { z } from 'zod';
import { tokenConfigFields } from '../tokenConfigFields.js';

/** The settings of {@link expertIteration}. */
export const expertIterationConfig = z.strictObject({
  prompts: tokenConfigFields.prompts.default(32),
  groupSize: tokenConfigFields.groupSize.default(8),
  newTokens: tokenConfigFields.newTokens.default(32),
  temperature: z.number().positive().default(1).describe('temperature of sampling; learned is the distribution at temperature 1'),
  epochs: tokenConfigFields.epochs.default(1),
  minibatchPrompts: tokenConfigFields.minibatchPrompts.default(32),
  keep: z.enum(['all', 'best']).default('all').describe('what of the completions of a prompt is learned: all by their weight, or the best alone (best-of-n)'),
  weight: z.enum(['reward', 'none']).default('reward').describe('what a completion that is kept counts for: its reward, or 1'),
  aggregation: z.enum(['token', 'sequence']).default('token').describe('over what the losses of tokens are averaged, those of rejected completions being 0'),
  learningRate: tokenConfigFields.learningRate.default(3e-4),
  warmupUpdates: tokenConfigFields.warmupUpdates.default(0),
  annealUpdates: tokenConfigFields.annealUpdates.default(0),
  anneal: tokenConfigFields.anneal.default('linear'),
  maxGradientNorm: tokenConfigFields.maxGradientNorm.default(1),
  compile: tokenConfigFields.compile.default(true),
});

export type ExpertIterationConfig = z.infer<typeof expertIterationConfig>;
