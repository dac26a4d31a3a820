import { z } from 'zod';
import { configFields } from '../../configFields.js';
import { tokenConfigFields } from '../tokenConfigFields.js';

/** The settings of {@link tokenPpo}. */
export const tokenPpoConfig = z.strictObject({
  prompts: tokenConfigFields.prompts.default(128),
  groupSize: tokenConfigFields.groupSize.default(1),
  newTokens: tokenConfigFields.newTokens.default(32),
  temperature: tokenConfigFields.temperature.default(1),
  epochs: tokenConfigFields.epochs.default(2),
  minibatchPrompts: tokenConfigFields.minibatchPrompts.default(64),
  accumulate: tokenConfigFields.accumulate.default(1),
  discount: configFields.discount.default(1),
  gaeLambda: z.number().min(0).max(1).default(0.95).describe('λ of generalised advantage estimation over tokens'),
  normalizeAdvantage: z.boolean().default(true).describe('standardise advantages over the tokens of a round'),
  clipRange: z.number().positive().default(0.2).describe('ε of the clipped surrogate'),
  valueClipRange: z.union([z.literal('none'), z.number().positive()]).default(0.2).describe("how far a value may leave its old estimate before its gradient stops, or 'none'"),
  valueCoefficient: z.number().min(0).default(0.5).describe('weight of the value loss'),
  klCoefficient: z.number().min(0).default(0).describe('weight of the divergence from the starting policy, taken off the reward token by token'),
  entropyCoefficient: z.number().min(0).default(0).describe('weight of the entropy bonus'),
  learningRate: tokenConfigFields.learningRate.default(3e-4),
  warmupUpdates: tokenConfigFields.warmupUpdates.default(0),
  annealUpdates: tokenConfigFields.annealUpdates.default(0),
  anneal: tokenConfigFields.anneal.default('linear'),
  maxGradientNorm: tokenConfigFields.maxGradientNorm.default(1),
  compile: tokenConfigFields.compile.default(true),
});

export type TokenPpoConfig = z.infer<typeof tokenPpoConfig>;
