import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileFault } from './fileFault.js';
import { makeFolder } from './makeFolder.js';
import { type RunFolder, runFolder } from './runFolder.js';

/**
 * Makes the folder of a new run.
 * @throws when it cannot be written, or anything is in it: nothing is overwritten. What a killed process left before its run began does not count.
 */
export function createRunFolder(path: string): RunFolder {
  const folder = runFolder(path);
  try {
    makeFolder(path);
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw new Error(`cannot write to the run folder ${path} (${fileFault(error)}): choose another with --out`, { cause: error });
  }
  const remains = [basename(folder.lock), basename(`${folder.config}.tmp`)];
  if (readdirSync(path).every((name) => remains.some((remain) => name.startsWith(remain)))) return folder;
  const remedy = existsSync(folder.config) ? `continue its run with --resume ${path}, or choose another folder with --out` : 'choose an empty folder with --out';
  throw new Error(`the run folder ${path} is not empty: ${remedy}`);
}
