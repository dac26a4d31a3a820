import { z } from 'zod';
import { modelScore } from './modelScore.js';
import { policyScore } from './policyScore.js';
import { stopReasons } from './stopReasons.js';

/** Where a phase ended. */
const phaseEnd = z.object({ rounds: z.int(), tokens: z.int(), updates: z.int(), seconds: z.number() });

/** How far a run is. Its checkpoints hold it, so that the figures are those of the whole run. */
export const runStatus = z.object({
  phase: z.enum(['warmStart', 'rewardModel', 'method']),
  /** Rounds of the phase. */
  round: z.int(),
  /** Tokens since the start of the run: of worked solutions in the warm start, written by the policy after it. */
  step: z.int(),
  /** Gradient steps since the start of the run. */
  updates: z.int(),
  /** Wall time since the start of the run. */
  seconds: z.number(),
  /** Where the warm start ended; null while it goes on. */
  warmStart: phaseEnd.nullable(),
  /** What the policy could do then; null before it was looked at. */
  warmScore: policyScore.nullable(),
  /** Where the reward model was learned; null before, and where there is none. */
  rewardModel: phaseEnd.nullable().default(null),
  /** Pairs of completions that the reward model has learned from. */
  comparisons: z.int().default(0),
  /** How the reward model sees the policy that it learned from; null before it was looked at. */
  modelScore: modelScore.nullable().default(null),
  /** Why the run ended; null while it goes on, or when it was interrupted. */
  stopped: z.enum(stopReasons).nullable(),
  /** Bytes of the files that grow. */
  files: z.object({ metrics: z.int(), transcripts: z.int() }),
});

export type RunStatus = z.infer<typeof runStatus>;
export type PhaseEnd = z.infer<typeof phaseEnd>;
