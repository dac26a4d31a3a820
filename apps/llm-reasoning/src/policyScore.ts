import { z } from 'zod';

/** What a policy can do on held-out problems that no evaluation during training has seen. */
export const policyScore = z.object({
  /** Share of problems that the greedy completion solves. */
  accuracy: z.number(),
  problems: z.int(),
  /** Mean tokens of a greedy completion. */
  length: z.number(),
  /** Verdicts of the greedy completions, counted. */
  reasons: z.record(z.string(), z.int()),
  /** pass@k by samples at temperature 1. */
  passAt: z.record(z.string(), z.number()),
  /** Share of problems that the majority of those samples solves. */
  majority: z.number(),
  /** Estimate of the entropy of a token in nats: the mean of -log π over those samples. */
  entropy: z.number(),
});

export type PolicyScore = z.infer<typeof policyScore>;
