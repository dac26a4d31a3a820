import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Checkpoint, loadCheckpoint } from '@rivulet/engine';
import { newestCheckpoint } from './newestCheckpoint.js';
import type { RunFolder } from './runFolder.js';

/**
 * A checkpoint of a run by name: 'latest', or the name of its folder.
 * @throws when there is none of that name, naming those that there are, or when it is damaged.
 */
export async function chosenCheckpoint(folder: RunFolder, name: string): Promise<Checkpoint> {
  const { checkpoints, path } = folder;
  const present = existsSync(checkpoints) ? readdirSync(checkpoints).filter((each) => each.startsWith('step-')).sort((a, b) => a.localeCompare(b, 'en', { numeric: true })) : [];
  if (name !== 'latest' && present.includes(name)) return loadCheckpoint(join(checkpoints, name));
  const newest = name === 'latest' ? await newestCheckpoint(folder) : undefined;
  if (newest !== undefined) return newest;
  if (present.length === 0) throw new Error(`${path} has no checkpoint yet: let its run go on with --resume ${path}`);
  throw new Error(`${path} has no checkpoint '${name}': there are ${present.join(', ')}, and 'latest' means the last of them (the best is not kept)`);
}
