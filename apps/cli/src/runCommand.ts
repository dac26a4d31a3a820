import { chooseBackend } from '@rivulet/engine';
import { envIds } from '@rivulet/envs';
import { algorithmNames, algorithms, createRunFolder, openRunFolder, readJson, resolveConfig, type RunConfig, runConfig, type RunResult, trainRun } from '@rivulet/robotics-control';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { describeIssues } from './describeIssues.js';
import { interruptSignal } from './interruptSignal.js';
import { suggestion } from './nearest.js';
import { flagsOf, outputOptions, readFlags } from './flags.js';
import type { Output } from './output.js';
import { outputOf } from './output.js';

/** The apps that `run` knows; the first is the default. */
export const apps = { 'robotics-control': 'classic-control and point tasks, trained end to end' } as const;

const ownKeys = Object.keys(runConfig.shape).filter((key) => key !== 'settings');

/** `rivulet run`: the flags are those of the run and of the algorithm that the arguments name. */
export function runCommand(args: readonly string[]): Command {
  const algorithm = algorithmNamed(args);
  const settings = algorithms[algorithm].schema;
  const command = new Command('run')
    .description('train, evaluate, and leave a run folder')
    .argument('[app]', `what to run: ${Object.keys(apps).join(', ')}`, 'robotics-control')
    .optionsGroup('Run:');
  for (const option of flagsOf(runConfig.omit({ settings: true }))) command.addOption(option);
  command
    .addOption(new Option('--out <folder>', 'the run folder, which must be new or empty (default: runs/<env>-<algorithm>-<seed>-<n>)'))
    .addOption(new Option('--resume <folder>', 'continue the run of this folder from its newest checkpoint, with its own settings'))
    .addOption(new Option('--config <file>', 'JSON with any of these keys (and the settings under "settings"); flags take precedence'));
  outputOptions(command);
  command.optionsGroup(`Settings of ${algorithm} (--algorithm ${algorithmNames.join(' | ')} shows the others):`);
  for (const option of flagsOf(settings)) command.addOption(option);
  command.addHelpText('after', '\nWithout flags: PPO on CartPole-v1 until the mean return of the last 100 episodes is 475.\nPresets fit well-known pairs of algorithm and environment; flags override them.');
  return command.action(async (app: string, options: { readonly [key: string]: unknown }) => {
    if (!(app in apps)) throw new Error(`unknown app '${app}'${suggestion(app, Object.keys(apps))}`);
    await run(options, outputOf(options), settings);
  });
}

/** The algorithm that flags or a config file name, before the rest is read: it decides which other flags there are. */
function algorithmNamed(args: readonly string[]): RunConfig['algorithm'] {
  const valueOf = (flag: string): string | undefined => {
    const joined = args.find((arg) => arg.startsWith(`${flag}=`));
    if (joined !== undefined) return joined.slice(flag.length + 1);
    return args.includes(flag) ? args[args.indexOf(flag) + 1] : undefined;
  };
  const file = valueOf('--config');
  const named = valueOf('--algorithm') ?? (file === undefined ? undefined : (readJson(file) as { algorithm?: string } | null)?.algorithm);
  if (named === undefined) return 'ppo';
  if (!(algorithmNames as readonly string[]).includes(named)) throw new Error(`unknown algorithm '${named}'${suggestion(named, algorithmNames)}`);
  return named as RunConfig['algorithm'];
}

async function run(options: { readonly [key: string]: unknown }, output: Output, settings: z.ZodObject): Promise<void> {
  const resume = options.resume as string | undefined;
  const config = resume === undefined ? newConfig(options, settings) : storedConfig(resume, options, settings);
  const backend = await chooseBackend({ backend: config.backend, log: output.note });
  // The folder comes last, so that a wrong flag leaves nothing behind.
  const folder = resume === undefined ? createRunFolder((options.out as string | undefined) ?? output.newFolder(config)) : openRunFolder(resume);
  output.note(`${config.algorithm} on ${config.env}, seed ${config.seed}, at most ${config.steps} steps; run folder ${folder.path}`);
  const result = await trainRun({ config, folder, resume: resume !== undefined, signal: interruptSignal(output.note), progress: output.progress });
  report(result, output);
  output.json({ ...result, backend: backend.name });
  if (result.stopped === 'interrupted') process.exitCode = 130;
}

function newConfig(options: { readonly [key: string]: unknown }, settings: z.ZodObject): RunConfig {
  const file = options.config === undefined ? {} : readObject(String(options.config));
  const runFlags = readFlags(runConfig, options);
  const settingFlags = readFlags(settings, options);
  const given = { ...file, ...runFlags, settings: { ...(file.settings as object | undefined), ...settingFlags } };
  const config = validated(given, settings);
  if (!envIds().includes(config.env)) throw new Error(`unknown environment '${config.env}'${suggestion(config.env, envIds())}`);
  return config;
}

function validated(given: { readonly [key: string]: unknown }, settings: z.ZodObject): RunConfig {
  try {
    return resolveConfig(given);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    const ofSettings = error.issues.some((issue) => (issue.code === 'unrecognized_keys' ? issue.keys.some((key) => !(key in given)) : !ownKeys.includes(String(issue.path[0]))));
    throw new Error(`config: ${ofSettings ? describeIssues(error, settings, given.settings as { [key: string]: unknown }) : describeIssues(error, runConfig, given)}`, { cause: error });
  }
}

/** The config of a run that goes on. It cannot change: the run would not be the same. */
function storedConfig(folder: string, options: { readonly [key: string]: unknown }, settings: z.ZodObject): RunConfig {
  const changed = [...Object.keys(readFlags(runConfig, options)), ...Object.keys(readFlags(settings, options)), ...(['out', 'config'] as const).filter((key) => options[key] !== undefined)].filter((key) => key !== 'backend');
  if (changed.length > 0) throw new Error(`--resume continues a run with its own settings, so ${changed.join(', ')} cannot be given: start a new run instead`);
  const stored = readObject(openRunFolder(folder).config);
  return { ...validated(stored, algorithms[algorithmNamed(['--algorithm', String(stored.algorithm)])].schema), ...(options.backend === undefined ? {} : { backend: options.backend as RunConfig['backend'] }) };
}

function readObject(path: string): { readonly [key: string]: unknown } {
  const value = readJson(path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path} must hold a JSON object with the keys of a run`);
  return value as { readonly [key: string]: unknown };
}

function report(result: RunResult, output: Output): void {
  const why = { return: 'the training return was reached', evaluation: 'an evaluation reached its return', steps: 'all steps were made', interrupted: 'interrupted' }[result.stopped];
  output.say(`${why} after ${result.steps} steps, ${result.seconds.toFixed(1)} s (${Math.round(result.stepsPerSecond)} steps/s)`);
  if (result.scores.training !== null) output.say(`training:   mean return ${result.scores.training.toFixed(1)} (last 100 episodes)`);
  const { evaluation } = result.scores;
  if (evaluation !== null) output.say(`evaluation: mean return ${evaluation.mean.toFixed(1)} ± ${evaluation.std.toFixed(1)} (${evaluation.returns.length} fresh episodes)`);
  output.say(`files:      ${result.files.folder}`);
  if (result.stopped === 'interrupted') output.say(`continue:   rivulet run --resume ${result.files.folder}`);
}
