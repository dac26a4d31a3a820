import { basename } from 'node:path';
import { listCheckpoints } from '@rivulet/engine';
import type { RunFolder } from './runFolder.js';

/** The error of a run that broke off after a step: its cause, what is left of the run, and how to go on. */
export async function runFault(cause: Error, folder: RunFolder, step: number): Promise<Error> {
  const [kept] = await listCheckpoints(folder.checkpoints).catch(() => []);
  const remedy = kept === undefined ? `there is no checkpoint yet: once that is mended, begin again with --resume ${folder.path}` : `${basename(kept)} is unharmed: once that is mended, continue from it with --resume ${folder.path}`;
  return new Error(`the run stopped after step ${step}: ${cause.message}; ${remedy}`, { cause });
}
