import type { RunConfig } from '@rivulet/robotics-control';
import type { RunFolder } from '@rivulet/tracking';
import { peekRun } from './peekRun.js';
import { storedConfig } from './readConfig.js';
import { controlRun } from './roboticsControl.js';

/**
 * The config of a run of robotics-control, from its folder.
 * @throws when it is damaged, naming the key and the file.
 */
export function controlConfig(folder: RunFolder): RunConfig {
  return storedConfig(controlRun(peekRun(['--resume', folder.path])), folder);
}
