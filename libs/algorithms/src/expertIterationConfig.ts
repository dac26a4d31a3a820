import { z } from 'zod';
import { configFields } from './configFields.js';

/** The settings of {@link expertIteration}. */
export const expertIterationConfig = z.strictObject({
  prompts: z.int().min(1).default(32).describe('prompts in a round'),
  groupSize: z.int().min(1).default(8).describe('completions of each prompt'),
  newTokens: z.int().min(1).default(32).describe('the most tokens of a completion'),
  temperature: z.number().positive().default(1).describe('temperature of sampling; learned is the distribution at temperature 1'),
  epochs: z.int().min(1).default(1).describe('passes over the completions of a round'),
  minibatchPrompts: z.int().min(1).default(32).describe('prompts, with all their completions, in a gradient step'),
  keep: z.enum(['all', 'best']).default('all').describe('what of the completions of a prompt is learned: all by their weight, or the best alone (best-of-n)'),
  weight: z.enum(['reward', 'none']).default('reward').describe('what a completion that is kept counts for: its reward, or 1'),
  aggregation: z.enum(['token', 'sequence']).default('token').describe('over what the losses of tokens are averaged, those of rejected completions being 0'),
  learningRate: configFields.learningRate.default(3e-4),
  maxGradientNorm: configFields.maxGradientNorm.default(1),
  compile: configFields.compile.default(true),
});

export type ExpertIterationConfig = z.infer<typeof expertIterationConfig>;
