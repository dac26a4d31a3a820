import type { TokenTask } from '@rivulet/envs-language';
import { languageTasks } from './languageTasks.js';
import type { RunConfig } from './runConfig.js';

/** The task of a config, with problems of the level that it names. */
export function levelledTask({ task: name, taskOptions, difficulty }: RunConfig): TokenTask {
  const all = languageTasks[name].make(taskOptions);
  return difficulty === 'all' ? all : { ...all, sample: (...[rng, options]: Parameters<TokenTask['sample']>) => all.sample(rng, { difficulty, ...options }) };
}
