import { mkdirSync } from 'node:fs';
import type { RunConfig } from '@rivulet/robotics-control';

/**
 * Makes a folder that was not there: runs/<env>-<algorithm>-<seed>-<n>. Of several processes, each gets its own.
 * @throws when it cannot be made.
 */
export function newFolder({ env, algorithm, seed }: RunConfig): string {
  makeNew('runs');
  for (let n = 1; ; n++) {
    const path = `runs/${env}-${algorithm}-${seed}-${n}`;
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
