import { z } from 'zod';
import { configFields } from './configFields.js';

/**
 * The settings of {@link td3}; defaults are those of the authors' code (sfujim/TD3), with gradient steps in rounds of 32 and
 * a warm-up of 1 000 steps instead of 25 000. (Table 3 of Fujimoto et al. 2018 has a learning rate of 1e-3 and batches of 100.)
 */
export const td3Config = z.strictObject({
  numEnvs: configFields.numEnvs.default(1),
  bufferSize: configFields.bufferSize.default(1_000_000),
  batchSize: configFields.batchSize.default(256),
  learningStarts: configFields.learningStarts.default(1_000),
  trainFrequency: configFields.trainFrequency.default(32),
  gradientSteps: configFields.gradientSteps.default(32),
  discount: configFields.discount.default(0.99),
  learningRate: configFields.learningRate.default(3e-4),
  tau: configFields.tau.default(0.005),
  policyDelay: z.int().min(1).default(2).describe('critic updates per actor update'),
  targetNoise: z.number().min(0).default(0.2).describe('standard deviation of the noise that smooths the target action'),
  targetNoiseClip: z.number().min(0).default(0.5).describe('largest magnitude of that noise'),
  exploration: z.enum(['gaussian', 'ou']).default('gaussian').describe('kind of noise added to the action'),
  explorationCorrelation: z.number().min(1).default(15).describe('steps over which Ornstein-Uhlenbeck noise forgets itself'),
  explorationNoise: z.number().min(0).default(0.1).describe('standard deviation of the added noise, in units of the action range [-1, 1]'),
  hidden: configFields.hidden.default([256, 256]),
  activation: configFields.activation.default('relu'),
  normalizeObservation: configFields.normalizeObservation.default(false),
  compile: configFields.compile.default(true),
});

export type Td3Config = z.infer<typeof td3Config>;
