import { envIds } from '@rivulet/envs';
import { languageMethod, languageTasks, methodNames } from '@rivulet/llm-reasoning';
import { type AlgorithmName, algorithmNames, algorithms, presetOf } from '@rivulet/robotics-control';
import { Command } from 'commander';
import { apps } from './apps.js';
import { type Output, type OutputFlags, outputOf } from './output.js';
import { outputOptions } from './outputOptions.js';
import { wholeNumber } from './wholeNumber.js';

/** `rivulet list`: what there is to run. */
export function listCommand(): Command {
  const command = new Command('list')
    .description('Show apps, algorithms and environments, tasks and methods')
    .usage('[options]')
    .optionsGroup('List:')
    .option('--seed <n>', 'as everywhere; nothing here is random', wholeNumber('--seed', 0));
  return outputOptions(command).action((flags: OutputFlags) => list(outputOf(flags)));
}

function list({ say, json }: Output): void {
  const row = (name: string, description: string): void => say(`  ${name.padEnd(28)} ${description}`.trimEnd());
  say('Apps:');
  for (const [name, { description }] of Object.entries(apps)) row(name, description);
  say('\nAlgorithms:');
  for (const [name, { description }] of Object.entries(algorithms)) row(name, description);
  say('\nEnvironments:');
  for (const id of envIds()) {
    const tuned = presetsOn(id);
    row(id, tuned.length === 0 ? '' : `presets for ${tuned.join(', ')}`);
  }
  say('\nTasks of llm-reasoning:');
  for (const [name, { description }] of Object.entries(languageTasks)) row(name, description);
  say('\nMethods of llm-reasoning:');
  for (const name of methodNames) row(name, languageMethod(name).description);
  const presets = envIds().flatMap((env) => presetsOn(env).map((algorithm) => ({ algorithm, env })));
  json({ apps: Object.keys(apps), algorithms: Object.keys(algorithms), environments: envIds(), presets, tasks: Object.keys(languageTasks), methods: methodNames });
}

/** The algorithms that have settings of their own on an environment. */
function presetsOn(env: string): AlgorithmName[] {
  return algorithmNames.filter((algorithm) => Object.keys(presetOf(algorithm, env)).length > 0);
}
