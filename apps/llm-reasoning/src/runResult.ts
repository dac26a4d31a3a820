import { z } from 'zod';
import { policyScore } from './policyScore.js';
import { stopReasons } from './stopReasons.js';

/** What a run came to: the contents of `result.json`. Accuracies are those of greedy completions of the same held-out problems, which no evaluation during training has seen. */
export const runResult = z.object({
  task: z.string(),
  method: z.string(),
  seed: z.int(),
  stopped: z.enum([...stopReasons, 'interrupted']),
  /** After the warm start; null before it has ended. */
  warmStartAccuracy: z.number().nullable(),
  /** At the end; null when the run was interrupted. */
  heldOutAccuracy: z.number().nullable(),
  /** Tokens that the policy has written to learn from. */
  sampledTokens: z.int(),
  /** Tokens of worked solutions in the warm start. */
  warmStartTokens: z.int(),
  /** Rounds of the method. */
  rounds: z.int(),
  /** Gradient steps, warm start included. */
  updates: z.int(),
  /** Wall time, over all processes that trained, with all evaluations. */
  seconds: z.number(),
  /** That of the warm start. */
  warmStartSeconds: z.number(),
  /** Sampled tokens a second of the method's time: writing, verifying, learning and evaluating. */
  tokensPerSecond: z.number().nullable(),
  /** Of the samples at the end, and null when the run was interrupted: see the scores. */
  passAt: z.record(z.string(), z.number()).nullable(),
  majority: z.number().nullable(),
  entropy: z.number().nullable(),
  length: z.number().nullable(),
  /** Both judgements in full. */
  scores: z.object({ warmStart: policyScore.nullable(), final: policyScore.nullable() }),
  /** What computed the tensors that were not compiled. */
  backend: z.string(),
  files: z.record(z.string(), z.string()),
});

export type RunResult = z.infer<typeof runResult>;
