import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Has the operating system put on disk what was written to a file. */
export function syncFile(path: string): void {
  const file = openSync(path, 'r+');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
