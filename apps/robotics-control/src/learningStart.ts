import { type Snapshot, snapshotPart } from '@rivulet/engine';
import { LineFile, newestCheckpoint, type RunFolder } from '@rivulet/tracking';
import { notBegun, readStatus, type RunStatus } from './runStatus.js';

/** Where learning begins. */
export interface LearningStart {
  /** The stored run; undefined for a new one. */
  readonly run?: Snapshot;
  readonly status: RunStatus;
  /** metrics.jsonl, to be continued where it stood. */
  readonly metrics: LineFile;
}

/**
 * The newest checkpoint of a run that goes on; the beginning where there is none.
 * @throws when the checkpoint is damaged, or the metrics are not those of the checkpoint.
 */
export async function learningStart(folder: RunFolder, resume: boolean): Promise<LearningStart> {
  const checkpoint = resume ? await newestCheckpoint(folder) : undefined;
  if (checkpoint === undefined) return { status: notBegun, metrics: new LineFile(folder.metrics) };
  const { data } = snapshotPart(checkpoint.snapshot, 'status');
  const metrics = new LineFile(folder.metrics, { from: Number(data.metrics) });
  metrics.open();
  metrics.close();
  return { run: snapshotPart(checkpoint.snapshot, 'run'), status: readStatus(data), metrics };
}
