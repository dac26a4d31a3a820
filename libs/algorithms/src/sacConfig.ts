import { z } from 'zod';
import { configFields } from './configFields.js';

/**
 * The settings of {@link sac}; defaults are those of Haarnoja et al. 2018b, table 1, with one gradient step per environment
 * step, taken in rounds of 32, and a shorter warm-up.
 */
export const sacConfig = z.strictObject({
  numEnvs: configFields.numEnvs.default(1),
  bufferSize: configFields.bufferSize.default(1_000_000),
  batchSize: configFields.batchSize.default(256),
  learningStarts: configFields.learningStarts.default(1_000),
  trainFrequency: configFields.trainFrequency.default(32),
  gradientSteps: configFields.gradientSteps.default(32),
  discount: configFields.discount.default(0.99),
  learningRate: configFields.learningRate.default(3e-4),
  tau: configFields.tau.default(0.005),
  temperature: z.union([z.literal('auto'), z.number().min(0)]).default('auto').describe("entropy temperature α, or 'auto' to learn it"),
  initialTemperature: z.number().positive().default(1).describe("α at the start when it is learned"),
  targetEntropy: z.union([z.literal('auto'), z.number()]).default('auto').describe("entropy in nats that a learned α holds; 'auto' is -dim(A)"),
  exploration: z.enum(['policy', 'ou']).default('policy').describe("'policy' samples it; 'ou' adds Ornstein-Uhlenbeck noise to its action"),
  explorationCorrelation: z.number().min(1).default(15).describe('steps over which Ornstein-Uhlenbeck noise forgets itself'),
  explorationNoise: z.number().min(0).default(0.5).describe('standard deviation of the added noise, in units of the action range [-1, 1]'),
  hidden: configFields.hidden.default([256, 256]),
  activation: configFields.activation.default('relu'),
  normalizeObservation: configFields.normalizeObservation.default(false),
  compile: configFields.compile.default(true),
});

export type SacConfig = z.infer<typeof sacConfig>;
