import { z } from 'zod';
import { configFields } from '../../configFields.js';

/** The settings of {@link maskedDiffusion}. */
export const maskedDiffusionConfig = z.strictObject({
  batchSize: z.int().min(1).default(64).describe('worked solutions in a gradient step'),
  steps: z.int().min(1).default(8).describe('gradient steps in a round'),
  newTokens: z.int().min(1).default(32).describe('tokens of a completion, its end filled up with end tokens'),
  minimumTime: z.number().gt(0).lt(1).default(1e-3).describe('the least probability with which a token is hidden; weights are at most one over it'),
  spread: z.enum(['stratified', 'independent']).default('stratified').describe('how times are spread over a batch: each row in its own part of the range, or anywhere'),
  learningRate: configFields.learningRate.default(1e-3),
  maxGradientNorm: configFields.maxGradientNorm.default(1),
  compile: configFields.compile.default(true),
});

export type MaskedDiffusionConfig = z.infer<typeof maskedDiffusionConfig>;
