import { envIds } from '@rivulet/envs';
import { algorithms } from '@rivulet/robotics-control';
import { Command } from 'commander';
import { outputOptions } from './flags.js';
import { outputOf } from './output.js';
import { apps } from './runCommand.js';

/** `rivulet list`: what there is to run. */
export function listCommand(): Command {
  return outputOptions(new Command('list').description('show apps, algorithms and environments')).option('--seed <n>', 'accepted like everywhere; nothing here is random').action((options: { quiet?: boolean; json?: boolean }) => {
    const output = outputOf(options);
    output.say('apps');
    for (const [name, description] of Object.entries(apps)) output.say(`  ${name.padEnd(18)} ${description}`);
    output.say('algorithms');
    for (const [name, { description }] of Object.entries(algorithms)) output.say(`  ${name.padEnd(18)} ${description}`);
    output.say('environments');
    for (const id of envIds()) output.say(`  ${id}`);
    output.json({ apps: Object.keys(apps), algorithms: Object.keys(algorithms), environments: envIds() });
  });
}
