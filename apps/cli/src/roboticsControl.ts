import { checkRun, configSchema, finishedResult, presetOf, resolveConfig, type RunConfig, runConfig, type RunResult, trainRun } from '@rivulet/robotics-control';
import type { z } from 'zod';
import type { App, AppRun } from './app.js';
import { peekRun, type RunPeek } from './peekRun.js';
import { reportRun } from './reportRun.js';
import { runnable } from './runnable.js';

/** Classic control: the flags are those of the run and of the algorithm that the arguments name. */
export const roboticsControl: App = {
  description: 'classic-control and point tasks, trained end to end',
  owns: (config) => 'algorithm' in config || 'env' in config,
  prepare: (args) => runnable(controlRun(peekRun(args))),
};

/** What `run` does with an algorithm on an environment. */
export function controlRun(peek: RunPeek): AppRun<RunConfig, RunResult> {
  const { algorithm, env } = peek;
  const preset = presetOf(algorithm, env);
  return {
    groups: [
      { title: 'Run:', schema: runConfig, preset },
      { title: `Settings of ${algorithm} on ${env}:`, schema: configSchema(algorithm).shape.settings as z.ZodObject, within: 'settings', preset: preset.settings },
    ],
    schema: configSchema(algorithm),
    folders: 'runs/<env>-<algorithm>-<seed>-<n>',
    examples: examples(peek),
    resolve: resolveConfig,
    folderName: (config) => `${config.env}-${config.algorithm}-${config.seed}`,
    describe: (config) => `${config.algorithm} on ${config.env}, seed ${config.seed}, at most ${config.steps} steps`,
    check: checkRun,
    train: trainRun,
    finished: finishedResult,
    report: reportRun,
  };
}

function examples({ algorithm, env }: RunPeek): string {
  return `
The settings and presets are those of ${algorithm} on ${env}: with --algorithm and --env this help shows others.

Examples:
  rivulet run                                            PPO on CartPole-v1 until it is solved
  rivulet run --env Pendulum-v1 --algorithm sac --seed 7
  rivulet run --resume runs/Pendulum-v1-sac-7-1          after Ctrl-C or a crash
  rivulet run --config runs/Pendulum-v1-sac-7-1/config.json --seed 8`;
}
