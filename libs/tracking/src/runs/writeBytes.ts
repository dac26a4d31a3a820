import { closeSync, fsyncSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { fileFault } from './fileFault.js';

/**
 * Writes a file in one step: whenever the process is killed, a reader sees the old file or the new one, whole.
 * @throws when it cannot be written, naming it.
 */
export function writeBytes(path: string, bytes: Uint8Array): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error(`cannot write ${path} (it is a folder): name a file`);
  const temporary = `${path}.tmp`;
  try {
    const file = openSync(temporary, 'w');
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    throw new Error(`cannot write ${path} (${fileFault(error)})`, { cause: error });
  }
}
