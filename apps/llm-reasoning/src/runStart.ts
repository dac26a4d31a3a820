import { LineFile, newestCheckpoint } from '@rivulet/tracking';
import type { LanguageFolder } from './languageFolder.js';
import type { Reached } from './learnPhase.js';
import { reachedIn } from './reachedIn.js';
import type { RunStatus } from './runStatus.js';

/** Where a run begins or goes on. */
export interface RunStart extends Reached {
  /** metrics.jsonl, to be continued where it stood. */
  readonly metrics: LineFile;
  /** transcripts.jsonl, likewise. */
  readonly transcripts: LineFile;
}

const notBegun: RunStatus = { phase: 'warmStart', round: 0, step: 0, updates: 0, seconds: 0, warmStart: null, warmScore: null, rewardModel: null, comparisons: 0, modelScore: null, stopped: null, files: { metrics: 0, transcripts: 0 } };

/**
 * The newest checkpoint of a run that goes on; the beginning where there is none.
 * @throws when the checkpoint is damaged, or the files are not those of the checkpoint.
 */
export async function runStart(folder: LanguageFolder, resume: boolean): Promise<RunStart> {
  const checkpoint = resume ? await newestCheckpoint(folder) : undefined;
  if (checkpoint === undefined) return { status: notBegun, metrics: new LineFile(folder.metrics), transcripts: new LineFile(folder.transcripts) };
  const reached = reachedIn(checkpoint.snapshot);
  const { files } = reached.status;
  return { ...reached, metrics: continued(folder.metrics, files.metrics), transcripts: continued(folder.transcripts, files.transcripts) };
}

function continued(path: string, from: number): LineFile {
  const file = new LineFile(path, { from });
  file.open();
  file.close();
  return file;
}
