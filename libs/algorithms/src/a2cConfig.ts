import { z } from 'zod';
import { configFields } from './configFields.js';

/** The settings of {@link a2c}; defaults are those of Stable-Baselines3, with its RMSprop. */
export const a2cConfig = z.strictObject({
  numEnvs: configFields.numEnvs.default(8),
  rolloutSteps: z.int().min(1).default(5).describe('steps per copy between two updates'),
  discount: configFields.discount.default(0.99),
  gaeLambda: z.number().min(0).max(1).default(1).describe('λ of generalised advantage estimation; 1 is the n-step advantage'),
  valueCoefficient: z.number().min(0).default(0.5).describe('weight of the value loss'),
  entropyCoefficient: z.number().min(0).default(0).describe('weight of the entropy bonus'),
  normalizeAdvantage: z.boolean().default(false).describe('standardise advantages within each rollout'),
  learningRate: configFields.learningRate.default(7e-4),
  anneal: configFields.anneal.default('none'),
  maxGradientNorm: configFields.maxGradientNorm.default(0.5),
  hidden: configFields.hidden.default([64, 64]),
  activation: configFields.activation.default('tanh'),
  normalizeObservation: configFields.normalizeObservation.default(false),
  normalizeReward: configFields.normalizeReward.default(false),
  compile: configFields.compile.default(true),
});

export type A2cConfig = z.infer<typeof a2cConfig>;
