import { Command } from 'commander';
import { envCheckCommand } from './envCheckCommand.js';

/** `rivulet env`: a group of one. */
export function envCommand(): Command {
  return new Command('env').description('Look into environments').usage('check <id> [options]').helpOption('-h, --help', 'show this help').helpCommand(false).addCommand(envCheckCommand());
}
