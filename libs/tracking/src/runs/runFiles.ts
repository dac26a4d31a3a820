import { existsSync } from 'node:fs';
import type { RunFolder } from './runFolder.js';

/** The files of a run that exist, by name. */
export function runFiles({ path, lock: _lock, ...files }: RunFolder): { [name: string]: string } {
  return { folder: path, ...Object.fromEntries(Object.entries(files).filter(([, file]) => existsSync(file))) };
}
