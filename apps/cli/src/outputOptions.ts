import type { Command } from 'commander';

/** Adds the flags that every command has. */
export function outputOptions(command: Command): Command {
  return command
    .optionsGroup('Output:')
    .option('--quiet', 'no progress, no notes, and no report')
    .option('--json', 'end the output with one line of JSON')
    .option('--debug', 'show the stack of an error')
    .helpOption('-h, --help', 'show this help');
}
