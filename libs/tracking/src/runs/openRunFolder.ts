import { existsSync } from 'node:fs';
import { type RunFolder, runFolder } from './runFolder.js';

/**
 * The folder of a run that was begun.
 * @throws when there is none.
 */
export function openRunFolder(path: string): RunFolder {
  const folder = runFolder(path);
  if (!existsSync(folder.config)) throw new Error(`${path} is not a run folder: it has no config.json`);
  return folder;
}
