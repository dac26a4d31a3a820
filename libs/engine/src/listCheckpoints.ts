import { isCheckpointName, parsePointer, POINTER } from './checkpointFiles.js';
import { importInNode } from './importInNode.js';

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as { code?: string }).code ?? '');

/**
 * The paths of the finished checkpoints in a folder, newest first; none where nothing was ever saved, which is how a
 * run finds out whether to resume.
 * @throws when `latest.json` is damaged.
 */
export async function listCheckpoints(folder: string): Promise<readonly string[]> {
  const { readdir, readFile } = await importInNode<typeof import('node:fs/promises')>('node:fs/promises');
  let present: readonly string[];
  let text: string;
  try {
    present = await readdir(folder);
    text = await readFile(`${folder}/${POINTER}`, 'utf8');
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  try {
    return parsePointer(text)
      .filter((name) => present.includes(name))
      .map((name) => `${folder}/${name}`);
  } catch (error) {
    const there = present.filter(isCheckpointName).sort();
    throw new Error(`listCheckpoints: ${folder}/${POINTER} is damaged (${(error as Error).message}): delete it and load a checkpoint by its own path; there are ${there.join(', ') || 'none'}`);
  }
}
