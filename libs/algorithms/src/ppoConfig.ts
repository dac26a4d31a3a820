import { z } from 'zod';
import { configFields } from './configFields.js';

/**
 * The settings of {@link ppo}; defaults are those of CleanRL's ppo.py for classic control, but for its value clipping, which is
 * off here, and its value loss, which is halved there.
 */
export const ppoConfig = z.strictObject({
  numEnvs: configFields.numEnvs.default(4),
  rolloutSteps: z.int().min(1).default(128).describe('steps per copy between two updates'),
  minibatchSize: z.int().min(1).default(128).describe('transitions per gradient step'),
  epochs: z.int().min(1).default(4).describe('passes over each rollout'),
  discount: configFields.discount.default(0.99),
  gaeLambda: z.number().min(0).max(1).default(0.95).describe('λ of generalised advantage estimation'),
  clipRange: z.number().positive().default(0.2).describe('ε of the clipped surrogate'),
  annealClipRange: z.enum(['none', 'linear']).default('none').describe('how the clip range falls to zero over the run'),
  valueCoefficient: z.number().min(0).default(0.5).describe('weight of the value loss'),
  valueClipRange: z
    .union([z.literal('none'), z.number().positive()])
    .default('none')
    .describe("how far the value may leave its old estimate before its gradient stops, or 'none'"),
  entropyCoefficient: z.number().min(0).default(0.01).describe('weight of the entropy bonus'),
  normalizeAdvantage: z.boolean().default(true).describe('standardise advantages within each minibatch'),
  learningRate: configFields.learningRate.default(2.5e-4),
  anneal: configFields.anneal.default('linear'),
  maxGradientNorm: configFields.maxGradientNorm.default(0.5),
  hidden: configFields.hidden.default([64, 64]),
  activation: configFields.activation.default('tanh'),
  normalizeObservation: configFields.normalizeObservation.default(false),
  normalizeReward: configFields.normalizeReward.default(false),
  compile: configFields.compile.default(true),
});

export type PpoConfig = z.infer<typeof ppoConfig>;
