import { z } from 'zod';
import { configFields } from './configFields.js';

/** The settings of {@link supervised}. */
export const supervisedConfig = z.strictObject({
  batchSize: z.int().min(1).default(64).describe('worked solutions in a gradient step'),
  steps: z.int().min(1).default(8).describe('gradient steps in a round'),
  newTokens: z.int().min(1).default(32).describe('the most tokens of a solution'),
  aggregation: z.enum(['token', 'sequence']).default('token').describe('over what the losses of tokens are averaged'),
  learningRate: configFields.learningRate.default(1e-3),
  maxGradientNorm: configFields.maxGradientNorm.default(1),
  compile: configFields.compile.default(true),
});

export type SupervisedConfig = z.infer<typeof supervisedConfig>;
