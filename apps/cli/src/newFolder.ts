import { mkdirSync } from 'node:fs';

/**
 * Makes a folder that was not there: runs/<name>-<n>. Of several processes, each gets its own.
 * @throws when it cannot be made.
 */
export function newFolder(name: string): string {
  makeNew('runs');
  for (let n = 1; ; n++) {
    const path = `runs/${name}-${n}`;
    if (makeNew(path)) return path;
  }
}

function makeNew(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return false;
    throw new Error(`cannot make the run folder ${path} (${message}): choose another with --out`, { cause: error });
  }
}
