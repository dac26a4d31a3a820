import { existsSync } from 'node:fs';
import { readJson, runFiles } from '@rivulet/tracking';
import type { LanguageFolder } from './languageFolder.js';
import { type RunResult, runResult } from './runResult.js';

/**
 * The result of a run that is finished; undefined while there is still something to do.
 * @throws when result.json is damaged, naming it.
 */
export function finishedResult(folder: LanguageFolder): RunResult | undefined {
  if (!existsSync(folder.result)) return undefined;
  const { success, data } = runResult.safeParse(readJson(folder.result));
  if (!success) throw new Error(`${folder.result} is not the result of a run: delete it, and --resume ${folder.path} makes it again`);
  return { ...data, files: runFiles(folder) };
}
