import { Command } from 'commander';
import type { RunFlags } from './app.js';
import { appAmong } from './appAmong.js';
import { apps } from './apps.js';
import { flagsOf } from './flags.js';
import { type OutputFlags, outputOf } from './output.js';
import { outputOptions } from './outputOptions.js';
import { suggestion } from './suggestion.js';

/** `rivulet run`: the flags are those of the app that the arguments mean, and of what else they name. */
export function runCommand(args: readonly string[]): Command {
  const meant = appAmong(args);
  const app = apps[meant].prepare(args);
  const [first, ...others] = app.groups;
  const command = new Command('run')
    .description('Train, evaluate, and leave a run folder')
    .usage('[app] [options]')
    .argument('[app]', `what to run (${Object.keys(apps).join(', ')}; default: ${Object.keys(apps)[0]})`)
    .optionsGroup(first.title);
  for (const option of flagsOf(first.schema, first.preset)) command.addOption(option);
  command
    .optionsGroup('Files:')
    .option('--out <folder>', `the run folder, new or empty (default: ${app.folders})`)
    .option('--resume <folder>', 'continue the run of this folder from its newest checkpoint, with its own settings')
    .option('--config <file>', 'JSON with any of the keys of config.json; flags take precedence');
  for (const { title, schema, preset, prefix } of others) {
    command.optionsGroup(title);
    for (const option of flagsOf(schema, preset, prefix)) command.addOption(option);
  }
  return outputOptions(command)
    .addHelpText('after', app.examples)
    .action(async (name = meant, flags: RunFlags & OutputFlags) => {
      if (!(name in apps)) throw new Error(`unknown app '${name}'${suggestion(name, Object.keys(apps))}`);
      const output = outputOf(flags);
      await (flags.resume === undefined ? app.begin(flags, output) : app.goOn(flags.resume, flags, output));
    });
}
