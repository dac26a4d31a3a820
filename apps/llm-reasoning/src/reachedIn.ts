import { type Snapshot, snapshotPart } from '@rivulet/engine';
import type { Reached } from './learnPhase.js';
import { runStatus } from './runStatus.js';

/** How far a run is, as its checkpoint says. */
export function reachedIn(checkpoint: Snapshot): Reached {
  const frozen = 'frozen' in checkpoint.data ? snapshotPart(checkpoint, 'frozen') : undefined;
  return { status: runStatus.parse(snapshotPart(checkpoint, 'status').data), run: snapshotPart(checkpoint, 'run'), frozen };
}
