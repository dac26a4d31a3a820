import { rewardModellingConfig } from '@rivulet/algorithms';
import { z } from 'zod';

/** The settings of a reward model: those of its learning, without what the run decides, how long it learns, and whether the verifier still counts. */
export const rewardModelConfig = rewardModellingConfig.omit({ newTokens: true, compile: true }).extend({
  rounds: z.int().min(1).default(100).describe('rounds of comparisons that it learns from'),
  verifierWeight: z.number().min(0).default(0).describe("weight of the verifier's verdict beside the model's score; with 0 the method sees the score alone"),
});

export type RewardModelConfig = z.infer<typeof rewardModelConfig>;
