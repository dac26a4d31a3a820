import { z } from 'zod';
import { tokenConfigFields } from '../tokenConfigFields.js';

/** The settings of {@link rewardModelling}. */
export const rewardModellingConfig = z.strictObject({
  prompts: z.int().min(1).default(32).describe('prompts in a round'),
  groupSize: z.int().min(2).default(4).describe('completions of each prompt, which are ranked'),
  newTokens: z.int().min(1).default(32).describe('the most tokens of a completion'),
  noise: z.number().min(0).default(0).describe('temperature τ of the judge: the better of two is preferred with probability σ(Δr/τ); 0 is never wrong'),
  informative: z.boolean().default(true).describe('draw again until groups have completions of different reward'),
  loss: z.enum(['bradleyTerry', 'plackettLuce']).default('bradleyTerry').describe('learn from all pairs of a ranking, or from the ranking as a whole'),
  aggregation: z.enum(['prompt', 'pair']).default('prompt').describe('whether every prompt counts alike, by the mean over its pairs, or every pair (bradleyTerry)'),
  margin: z.number().min(0).default(0).describe('by how much the preferred completion is to be ahead (bradleyTerry)'),
  centering: z.number().min(0).default(0.01).describe('how strongly the mean score of a prompt is drawn to 0; with 0 nothing holds it, and Adam lets it wander'),
  labelSmoothing: z.number().min(0).lt(0.5).default(0).describe('share of pairs whose order is thought to be wrong (bradleyTerry)'),
  places: z.union([z.literal('all'), z.int().min(1)]).default('all').describe("leading places of a ranking that are learned, or 'all' (plackettLuce)"),
  epochs: z.int().min(1).default(1).describe('passes over the rankings of a round'),
  minibatchPrompts: z.int().min(1).default(32).describe('prompts, with all their completions, in a gradient step'),
  learningRate: tokenConfigFields.learningRate.default(1e-4),
  warmupUpdates: tokenConfigFields.warmupUpdates.default(0),
  annealUpdates: tokenConfigFields.annealUpdates.default(0),
  anneal: tokenConfigFields.anneal.default('linear'),
  maxGradientNorm: tokenConfigFields.maxGradientNorm.default(1),
  compile: tokenConfigFields.compile.default(true),
});

export type RewardModellingConfig = z.infer<typeof rewardModellingConfig>;
