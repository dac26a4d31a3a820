import { z } from 'zod';
import { modelScore } from './modelScore.js';
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
  /** The reward model; null where there is none, or it has not been looked at yet. */
  rewardModel: z
    .object({
      /** Of its pairs of held-out completions, right and wrong, the share that it orders so; null where there was no pair. */
      accuracy: z.number().nullable(),
      rounds: z.int(),
      /** Pairs that it has learned from. */
      comparisons: z.int(),
      /** Tokens that the policy wrote for that. */
      tokens: z.int(),
      /** Wall time of that. */
      seconds: z.number(),
      /** How it sees samples of the policy that it learned from, and of the one at the end, which learned from it. */
      scores: z.object({ start: modelScore, final: modelScore.nullable() }),
    })
    .nullable()
    .default(null),
  /** What computed the tensors that were not compiled. */
  backend: z.string(),
  files: z.record(z.string(), z.string()),
});

export type RunResult = z.infer<typeof runResult>;
