import { existsSync } from 'node:fs';
import { readJson, runFolder } from '@rivulet/tracking';
import { flagsAmong } from './flagsAmong.js';

/**
 * The config that the arguments of `run` name: that of the run to resume, or a file. It is unchecked; empty where none is named, or there is none.
 * @throws when the file is not JSON.
 */
export function namedConfig(args: readonly string[]): { readonly [key: string]: unknown } {
  const { config, resume } = flagsAmong(args, ['config', 'resume']);
  const stored = resume === undefined ? undefined : runFolder(resume).config;
  const file = stored === undefined ? config : existsSync(stored) ? stored : undefined;
  return { ...((file === undefined ? {} : readJson(file)) as object | null) };
}
