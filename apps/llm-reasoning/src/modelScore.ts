import { z } from 'zod';

/** How a reward model sees a policy: its scores of sampled completions of held-out problems, beside the verdicts of the verifier. */
export const modelScore = z.object({
  /** Of a right and a wrong completion of the same problem, how often the right one has the higher score; equal scores are half right. null where no problem has both. */
  accuracy: z.number().nullable(),
  /** Such pairs. */
  pairs: z.int(),
  /** The model's mean score. */
  score: z.number(),
  /** The share of the same completions that is right. */
  right: z.number(),
});

export type ModelScore = z.infer<typeof modelScore>;
