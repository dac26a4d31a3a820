import { chooseBackend } from '@rivulet/engine';
import { checkRun, configSchema, finishedResult, presetOf, type RunConfig, runConfig, type RunResult, trainRun } from '@rivulet/robotics-control';
import { createRunFolder, openRunFolder, type RunFolder } from '@rivulet/tracking';
import { Command } from 'commander';
import type { z } from 'zod';
import { apps } from './apps.js';
import { flagsOf, readFlags } from './flags.js';
import { interruptSignal, signalExitCode } from './interruptSignal.js';
import { newFolder } from './newFolder.js';
import { type Output, type OutputFlags, outputOf } from './output.js';
import { outputOptions } from './outputOptions.js';
import { peekRun, type RunPeek } from './peekRun.js';
import { readConfig, storedConfig } from './readConfig.js';
import { reportRun } from './reportRun.js';
import { suggestion } from './suggestion.js';

interface RunFlags extends OutputFlags {
  readonly out?: string;
  readonly resume?: string;
  readonly config?: string;
  readonly [key: string]: unknown;
}

const DEFAULT_APP: string = Object.keys(apps)[0];

/** `rivulet run`: the flags are those of the run and of the algorithm that the arguments name. */
export function runCommand(args: readonly string[]): Command {
  const peek = peekRun(args);
  const { algorithm, env } = peek;
  const preset = presetOf(algorithm, env);
  const command = new Command('run')
    .description('Train, evaluate, and leave a run folder')
    .usage('[app] [options]')
    .argument('[app]', `what to run (${Object.keys(apps).join(', ')}; default: ${DEFAULT_APP})`)
    .optionsGroup('Run:');
  for (const option of flagsOf(runConfig, preset)) command.addOption(option);
  command
    .optionsGroup('Files:')
    .option('--out <folder>', 'the run folder, new or empty (default: runs/<env>-<algorithm>-<seed>-<n>)')
    .option('--resume <folder>', 'continue the run of this folder from its newest checkpoint, with its own settings')
    .option('--config <file>', 'JSON with any of the keys of config.json; flags take precedence');
  command.optionsGroup(`Settings of ${algorithm} on ${env}:`);
  for (const option of flagsOf(settingsOf(peek), preset.settings)) command.addOption(option);
  return outputOptions(command)
    .addHelpText('after', examples(peek))
    .action(async (app = DEFAULT_APP, flags: RunFlags) => {
      if (!(app in apps)) throw new Error(`unknown app '${app}'${suggestion(app, Object.keys(apps))}`);
      await (flags.resume === undefined ? beginRun(peek, flags) : continueRun(peek, flags.resume, flags));
    });
}

function settingsOf({ algorithm }: RunPeek): z.ZodObject {
  return configSchema(algorithm).shape.settings as z.ZodObject;
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

async function beginRun(peek: RunPeek, flags: RunFlags): Promise<void> {
  const output = outputOf(flags);
  const config = readConfig(peek.algorithm, flags);
  // The folder comes last, so that a run that cannot work leaves nothing behind.
  await run(config, () => createRunFolder(flags.out ?? newFolder(config)), false, output);
}

async function continueRun(peek: RunPeek, path: string, flags: RunFlags): Promise<void> {
  const output = outputOf(flags);
  const { backend, ...others } = { ...readFlags(runConfig, flags), ...readFlags(settingsOf(peek), flags) } as Partial<RunConfig>;
  const changed = [...Object.keys(others), ...(['out', 'config'] as const).filter((key) => flags[key] !== undefined)];
  if (changed.length > 0) throw new Error(`--resume continues a run with its own settings, so ${changed.join(', ')} cannot be given: start a new run instead`);
  const folder = openRunFolder(path);
  const stored = storedConfig(folder);
  const finished = finishedResult(folder);
  if (finished !== undefined) {
    output.note(`the run in ${path} is finished; its result:`);
    return report(finished, output);
  }
  await run(backend === undefined ? stored : { ...stored, backend }, () => folder, true, output);
}

async function run(config: RunConfig, openFolder: () => RunFolder, resume: boolean, output: Output): Promise<void> {
  const { algorithm, env, seed, steps } = config;
  let chosen = '';
  await chooseBackend({ backend: config.backend, log: (line) => (chosen = line) });
  checkRun(config);
  const folder = openFolder();
  const onStart = (): void => {
    output.note(chosen);
    output.note(`${algorithm} on ${env}, seed ${seed}, at most ${steps} steps; run folder ${folder.path}`);
  };
  const signal = interruptSignal(output.note);
  const result = await trainRun({ config, folder, resume, signal, onStart, progress: output.progress });
  report(result, output);
  if (result.stopped === 'interrupted') process.exitCode = signalExitCode(signal.reason as NodeJS.Signals);
}

function report(result: RunResult, output: Output): void {
  reportRun(result, output);
  output.json(result);
}
