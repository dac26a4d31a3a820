import {
  checkRun, configSchema, finishedResult, languageFolder, type MethodName, methodNames, presetOf, resolveConfig, type RunConfig, runConfig, type RunResult, type TaskName, taskNames, trainRun,
} from '@rivulet/llm-reasoning';
import type { RunFolder } from '@rivulet/tracking';
import type { z } from 'zod';
import type { App, AppRun } from './app.js';
import { flagsAmong } from './flagsAmong.js';
import { namedConfig } from './namedConfig.js';
import { storedConfig } from './readConfig.js';
import { reportLanguageRun } from './reportLanguageRun.js';
import { runnable } from './runnable.js';
import { suggestion } from './suggestion.js';

/** Language models: the flags are those of the run, and with a prefix those of task, model, warm start and reward model. */
export const llmReasoning: App = {
  description: 'a small language model learns to reason: a warm start, then reinforcement from verified answers',
  owns: (config) => ['task', 'method', 'taskOptions', 'model', 'warmStart', 'reward', 'rewardModel'].some((key) => key in config),
  prepare: (args) => {
    const flags = flagsAmong(args, ['task', 'method']);
    const inFile = namedConfig(args);
    return runnable(languageRun(named('task', flags.task ?? inFile.task, taskNames, runConfig.shape.task), named('method', flags.method ?? inFile.method, methodNames, runConfig.shape.method)));
  },
};

/**
 * The config of a run of llm-reasoning, from its folder.
 * @throws when it is damaged, naming the key and the file.
 */
export function languageConfig(folder: RunFolder): RunConfig {
  const { task, method } = namedConfig(['--resume', folder.path]);
  return storedConfig(languageRun(named('task', task, taskNames, runConfig.shape.task), named('method', method, methodNames, runConfig.shape.method)), folder);
}

function named<N extends string>(what: string, given: unknown, names: readonly N[], schema: z.ZodType<N>): N {
  const name = given === undefined ? schema.parse(undefined) : String(given);
  const known = names.find((each) => each === name);
  if (known === undefined) throw new Error(`unknown ${what} '${name}'${suggestion(name, names)}`);
  return known;
}

function languageRun(task: TaskName, method: MethodName): AppRun<RunConfig, RunResult> {
  const preset = presetOf(method, task);
  const schema = configSchema(task, method);
  const inner = (key: string): z.ZodObject => schema.shape[key] as z.ZodObject;
  return {
    groups: [
      { title: 'Run:', schema: runConfig, preset },
      { title: `Task ${task}:`, schema: inner('taskOptions'), within: 'taskOptions', prefix: 'task', preset: preset.taskOptions },
      { title: 'Model, where none is pretrained:', schema: inner('model'), within: 'model', prefix: 'model', preset: preset.model },
      { title: 'Adapters of a pretrained model:', schema: inner('lora'), within: 'lora', prefix: 'lora', preset: preset.lora },
      { title: 'Warm start:', schema: inner('warmStart'), within: 'warmStart', prefix: 'warm-start', preset: preset.warmStart },
      { title: 'Reward model, where --reward is model:', schema: inner('rewardModel'), within: 'rewardModel', prefix: 'reward-model', preset: preset.rewardModel },
      { title: `Settings of ${method}:`, schema: inner('settings'), within: 'settings', preset: preset.settings },
    ],
    schema,
    folders: 'runs/<task>-<method>-<seed>-<n>',
    examples: `
Options, settings and presets are those of ${method} on ${task}: with --method and --task this help shows
others.

Examples:
  rivulet run llm-reasoning                              sums of two digits, until nine of ten are right
  rivulet run llm-reasoning --method grpo --seed 7 --minutes 10
  rivulet run llm-reasoning --reward model --method grpo     from comparisons instead of verified answers
  rivulet run llm-reasoning --task sorting --difficulty 3 --warm-start-until 0.5
  rivulet run --resume runs/arithmetic-dapo-1-1          after Ctrl-C or a crash`,
    resolve: resolveConfig,
    folderName: (config) => `${config.task}-${config.method}-${config.seed}`,
    describe: (config) => `${config.method} on ${config.task}, seed ${config.seed}, at most ${config.rounds} rounds after the warm start`,
    check: checkRun,
    train: ({ folder, ...options }) => trainRun({ ...options, folder: languageFolder(folder) }),
    finished: (folder) => finishedResult(languageFolder(folder)),
    report: reportLanguageRun,
  };
}
