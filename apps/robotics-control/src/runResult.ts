import { z } from 'zod';

/** Why a training ended by itself. */
export const stopReasons = ['return', 'evaluation', 'steps'] as const;

/** What a run came to: the contents of `result.json`. */
export const runResult = z.object({
  env: z.string(),
  algorithm: z.string(),
  seed: z.int(),
  /** Environment steps. */
  steps: z.int(),
  /** Gradient steps. */
  updates: z.int(),
  stopped: z.enum([...stopReasons, 'interrupted']),
  scores: z.object({
    /** Mean return of the last 100 training episodes; null when none ended. */
    training: z.number().nullable(),
    /** Mean, standard deviation and returns of the fresh episodes; null when the run was interrupted. */
    evaluation: z.object({ mean: z.number(), std: z.number(), returns: z.array(z.number()) }).nullable(),
  }),
  /** Wall time of training, over all processes that trained, without the evaluation at the end. */
  seconds: z.number(),
  stepsPerSecond: z.number(),
  /** What computed the tensors. */
  backend: z.string(),
  files: z.record(z.string(), z.string()),
});

export type StopReason = (typeof stopReasons)[number];
export type RunResult = z.infer<typeof runResult>;
