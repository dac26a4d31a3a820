import { z } from 'zod';
import { tokenConfigFields } from '../tokenConfigFields.js';

/** The settings of {@link grpo}: one table for the group-policy-optimisation family; {@link grpoPresets} names its members. */
export const grpoConfig = z.strictObject({
  prompts: tokenConfigFields.prompts.default(32),
  groupSize: tokenConfigFields.groupSize.default(8),
  newTokens: tokenConfigFields.newTokens.default(32),
  temperature: tokenConfigFields.temperature.default(1),
  epochs: tokenConfigFields.epochs.default(1),
  minibatchPrompts: tokenConfigFields.minibatchPrompts.default(32),
  accumulate: tokenConfigFields.accumulate.default(1),
  center: z.enum(['mean', 'leaveOneOut', 'batch', 'none']).default('mean').describe('what is subtracted from a reward: the mean of its group, of the others in it, of the batch, or nothing'),
  scale: z.enum(['group', 'batch', 'none']).default('group').describe('what the advantage is divided by: the deviation within its group, within the batch, or nothing'),
  level: z.enum(['token', 'sequence', 'geometric']).default('token').describe("whose probability ratio is clipped: each token's, the completion's, or its geometric mean"),
  clipLow: z.number().positive().default(0.2).describe('ε below: the ratio is clipped at 1 - ε'),
  clipHigh: z.number().positive().default(0.2).describe('ε above: the ratio is clipped at 1 + ε'),
  dualClip: z.union([z.literal('none'), z.number().gt(1)]).default('none').describe("bound of the loss for negative advantages, in units of the advantage, or 'none'"),
  aggregation: z.enum(['token', 'sequence', 'prompt', 'constant']).default('sequence').describe('over what the losses of tokens are averaged'),
  klCoefficient: z.number().min(0).default(0).describe('weight of the divergence from the starting policy'),
  klEstimator: z.enum(['k1', 'k2', 'k3']).default('k3').describe('estimator of that divergence, in the loss'),
  klLevel: z.enum(['token', 'sequence']).default('token').describe('whose divergence is a term of the loss: that of each token, or of the whole completion'),
  klPlacement: z.enum(['loss', 'reward']).default('loss').describe('whether the divergence is a term of the loss or taken off the reward'),
  entropyCoefficient: z.number().min(0).default(0).describe('weight of the entropy bonus'),
  informative: z.boolean().default(false).describe('draw again until the groups have right and wrong answers (dynamic sampling)'),
  reuse: z.int().min(0).default(0).describe('older rounds whose completions are learned from again, beside those of the newest'),
  correction: z.enum(['none', 'token', 'trajectory', 'sequence', 'geometric']).default('none').describe('importance ratio of the newest policy to the one that wrote, by which advantages are multiplied; the surrogate then clips around the newest'),
  truncateRatio: z.union([z.literal('none'), z.number().positive()]).default(2).describe("the largest ratio of that correction, or 'none'"),
  learningRate: tokenConfigFields.learningRate.default(3e-4),
  warmupUpdates: tokenConfigFields.warmupUpdates.default(0),
  annealUpdates: tokenConfigFields.annealUpdates.default(0),
  anneal: tokenConfigFields.anneal.default('linear'),
  maxGradientNorm: tokenConfigFields.maxGradientNorm.default(1),
  compile: tokenConfigFields.compile.default(true),
});

export type GrpoConfig = z.infer<typeof grpoConfig>;
