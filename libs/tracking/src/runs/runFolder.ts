import { join } from 'node:path';

/** Where a run keeps its files. */
export interface RunFolder {
  readonly path: string;
  readonly config: string;
  readonly metrics: string;
  readonly tensorBoard: string;
  readonly curve: string;
  readonly checkpoints: string;
  readonly result: string;
  /** Names the process that is writing; it is there only meanwhile. */
  readonly lock: string;
}

/** The names of the files in a run folder; nothing is read or made. */
export function runFolder(path: string): RunFolder {
  const at = (name: string): string => join(path, name);
  return {
    path,
    config: at('config.json'),
    metrics: at('metrics.jsonl'),
    tensorBoard: at('tensorboard'),
    curve: at('curve.svg'),
    checkpoints: at('checkpoints'),
    result: at('result.json'),
    lock: at('run.lock'),
  };
}
