import { z } from 'zod';
import { configFields } from './configFields.js';

/** The settings of {@link tokenPpo}. */
export const tokenPpoConfig = z.strictObject({
  prompts: z.int().min(1).default(128).describe('prompts in a round'),
  groupSize: z.int().min(1).default(1).describe('completions of each prompt'),
  newTokens: z.int().min(1).default(32).describe('the most tokens of a completion'),
  temperature: z.number().positive().default(1).describe('temperature of sampling, and of the log-probabilities that are learned from'),
  epochs: z.int().min(1).default(2).describe('passes over the completions of a round'),
  minibatchPrompts: z.int().min(1).default(64).describe('prompts, with all their completions, in a gradient step'),
  accumulate: z.int().min(1).default(1).describe('parts into which a minibatch is cut to save memory; the step is the same'),
  discount: configFields.discount.default(1),
  gaeLambda: z.number().min(0).max(1).default(0.95).describe('λ of generalised advantage estimation over tokens'),
  normalizeAdvantage: z.boolean().default(true).describe('standardise advantages over the tokens of a round'),
  clipRange: z.number().positive().default(0.2).describe('ε of the clipped surrogate'),
  valueClipRange: z.union([z.literal('none'), z.number().positive()]).default(0.2).describe("how far a value may leave its old estimate before its gradient stops, or 'none'"),
  valueCoefficient: z.number().min(0).default(0.5).describe('weight of the value loss'),
  klCoefficient: z.number().min(0).default(0).describe('weight of the divergence from the starting policy, taken off the reward token by token'),
  entropyCoefficient: z.number().min(0).default(0).describe('weight of the entropy bonus'),
  learningRate: configFields.learningRate.default(3e-4),
  maxGradientNorm: configFields.maxGradientNorm.default(1),
  compile: configFields.compile.default(true),
});

export type TokenPpoConfig = z.infer<typeof tokenPpoConfig>;
