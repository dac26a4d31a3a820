import { closeSync, fsyncSync, openSync, renameSync, writeSync } from 'node:fs';
import { fileFault } from './fileFault.js';

/**
 * Writes a JSON file in one step: whenever the process is killed, a reader sees the old file or the new one, whole.
 * @throws when it cannot be written, naming it.
 */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.tmp`;
  try {
    const file = openSync(temporary, 'w');
    try {
      writeSync(file, `${JSON.stringify(value, null, 2)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    throw new Error(`cannot write ${path} (${fileFault(error)})`, { cause: error });
  }
}
