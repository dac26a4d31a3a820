import { z } from 'zod';
import { tokenConfigFields } from '../tokenConfigFields.js';

/** The settings of {@link supervised}. */
export const supervisedConfig = z.strictObject({
  batchSize: z.int().min(1).default(64).describe('worked solutions in a gradient step'),
  steps: z.int().min(1).default(8).describe('gradient steps in a round'),
  newTokens: z.int().min(1).default(32).describe('the most tokens of a solution'),
  aggregation: z.enum(['token', 'sequence']).default('token').describe('over what the losses of tokens are averaged'),
  learningRate: tokenConfigFields.learningRate.default(1e-3),
  warmupUpdates: tokenConfigFields.warmupUpdates.default(0),
  annealUpdates: tokenConfigFields.annealUpdates.default(0),
  anneal: tokenConfigFields.anneal.default('linear'),
  maxGradientNorm: tokenConfigFields.maxGradientNorm.default(1),
  compile: tokenConfigFields.compile.default(true),
});

export type SupervisedConfig = z.infer<typeof supervisedConfig>;
