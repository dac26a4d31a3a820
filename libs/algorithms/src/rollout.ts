import type { HostBatch } from '@rivulet/engine';

/**
 * A chunk of experience of B environment copies over T steps: `observation`, `action`, `reward`, `terminated`, `truncated`,
 * `nextObservation` (the one that the action led to, also at the end of an episode), and what the behaviour adds
 * (`logProb`). Every field is [B, T, ...].
 */
export type Rollout = HostBatch;
