import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, listCheckpoints, loadCheckpoint } from '@rivulet/engine';
import type { RunFolder } from './runFolder.js';

/**
 * The newest checkpoint of a run; undefined before the first.
 * @throws when it is damaged, naming it and what to do.
 */
export async function newestCheckpoint({ checkpoints }: RunFolder): Promise<Checkpoint | undefined> {
  if ((await listCheckpoints(checkpoints)).length > 0) return loadCheckpoint(checkpoints);
  // A process that was killed just before it listed its first checkpoint has left it whole.
  const present = existsSync(checkpoints) ? readdirSync(checkpoints).filter((name) => name.startsWith('step-')) : [];
  const last = present.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
  return last === undefined ? undefined : loadCheckpoint(join(checkpoints, last));
}
