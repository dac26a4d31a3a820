import type { RunConfig } from '@rivulet/robotics-control';
import type { RunFolder } from '@rivulet/tracking';
import { ownerOf } from './ownerOf.js';
import { peekRun } from './peekRun.js';
import { storedConfig } from './readConfig.js';
import { controlRun } from './roboticsControl.js';

/**
 * The config of a run of robotics-control, from its folder.
 * @throws when it is damaged, naming the key and the file, or that of another app.
 */
export function controlConfig(folder: RunFolder): RunConfig {
  const owner = ownerOf(folder);
  if (owner !== 'robotics-control') throw new Error(`${folder.path} holds a run of ${owner}: this command is for those of robotics-control`);
  return storedConfig(controlRun(peekRun(['--resume', folder.path])), folder);
}
