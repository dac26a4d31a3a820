import { z } from 'zod';
import { tokenConfigFields } from '../tokenConfigFields.js';

/** The settings of {@link preferenceOptimization}. */
export const preferenceConfig = z.strictObject({
  prompts: z.int().min(1).default(32).describe('prompts in a round, each giving one pair'),
  groupSize: z.int().min(2).default(8).describe('completions of each prompt, of which the best and the worst make the pair'),
  newTokens: tokenConfigFields.newTokens.default(32),
  temperature: tokenConfigFields.temperature.default(1),
  epochs: z.int().min(1).default(1).describe('passes over the pairs of a round'),
  minibatchPairs: z.int().min(1).default(32).describe('pairs in a gradient step'),
  loss: z.enum(['dpo', 'ipo', 'simpo', 'orpo', 'kto']).default('dpo').describe('how a pair is judged'),
  beta: z.number().positive().default(0.1).describe('β: how far preferences may lead from the starting policy; of IPO the τ of its target 1/(2τ)'),
  margin: z.number().min(0).default(0).describe('γ of SimPO: by how much the better completion is to be ahead'),
  labelSmoothing: z.number().min(0).lt(0.5).default(0).describe('share of pairs whose order is thought to be wrong (DPO)'),
  likelihoodCoefficient: z.number().min(0).default(0).describe('weight of the negative log-likelihood of the better completion; ORPO needs 1, its odds ratio has the weight β'),
  learningRate: tokenConfigFields.learningRate.default(1e-4),
  warmupUpdates: tokenConfigFields.warmupUpdates.default(0),
  annealUpdates: tokenConfigFields.annealUpdates.default(0),
  anneal: tokenConfigFields.anneal.default('linear'),
  maxGradientNorm: tokenConfigFields.maxGradientNorm.default(1),
  compile: tokenConfigFields.compile.default(true),
});

export type PreferenceConfig = z.infer<typeof preferenceConfig>;
