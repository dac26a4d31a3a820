import { z } from 'zod';
import { grpoConfig } from '../methods/grpoConfig.js';

/** The settings of {@link maskedDiffusionGrpo}: those of {@link grpo}, and how completions are written and scored. */
export const maskedDiffusionGrpoConfig = grpoConfig.extend({
  unmaskingSteps: z.union([z.literal('newTokens'), z.int().min(1)]).default('newTokens').describe('passes in which a completion is written'),
  blockTokens: z.union([z.literal('newTokens'), z.int().min(1)]).default('newTokens').describe('places of a block; blocks are filled from left to right'),
  order: z.enum(['confidence', 'random']).default('confidence').describe('which places are filled first'),
  hiddenPrompt: z.number().min(0).max(1).default(0.15).describe('probability with which a token of a prompt is hidden while completions are scored'),
});

export type MaskedDiffusionGrpoConfig = z.infer<typeof maskedDiffusionGrpoConfig>;
