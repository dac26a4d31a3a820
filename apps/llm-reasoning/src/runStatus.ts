import { z } from 'zod';
import { policyScore } from './policyScore.js';
import { stopReasons } from './stopReasons.js';

/** How far a run is. Its checkpoints hold it, so that the figures are those of the whole run. */
export const runStatus = z.object({
  phase: z.enum(['warmStart', 'method']),
  /** Rounds of the phase. */
  round: z.int(),
  /** Tokens since the start of the run: of worked solutions in the warm start, written by the policy after it. */
  step: z.int(),
  /** Gradient steps since the start of the run. */
  updates: z.int(),
  /** Wall time since the start of the run. */
  seconds: z.number(),
  /** Where the warm start ended; null while it goes on. */
  warmStart: z.object({ rounds: z.int(), tokens: z.int(), updates: z.int(), seconds: z.number() }).nullable(),
  /** What the policy could do then; null before it was looked at. */
  warmScore: policyScore.nullable(),
  /** Why the run ended; null while it goes on, or when it was interrupted. */
  stopped: z.enum(stopReasons).nullable(),
  /** Bytes of the files that grow. */
  files: z.object({ metrics: z.int(), transcripts: z.int() }),
});

export type RunStatus = z.infer<typeof runStatus>;
