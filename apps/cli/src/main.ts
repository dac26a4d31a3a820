import { Command, CommanderError } from 'commander';
import { envCommand } from './envCommand.js';
import { evalCommand } from './evalCommand.js';
import { listCommand } from './listCommand.js';
import { runCommand } from './runCommand.js';

/**
 * The `rivulet` command. Errors become one line on standard error and exit code 1; the stack is shown with --debug.
 * @param args the words after `rivulet`
 */
export async function main(args: readonly string[]): Promise<void> {
  try {
    await program(args).parseAsync([...args], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return;
    process.exitCode = 1;
    if (error instanceof CommanderError) process.stderr.write(`${oneLine(error.message)} (see rivulet --help)\n`);
    else if (args.includes('--debug')) process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
    else process.stderr.write(`error: ${oneLine(error instanceof Error ? error.message : String(error))}\n`);
  }
}

function program(args: readonly string[]): Command {
  const root = new Command('rivulet').description('reinforcement learning from composable blocks').helpOption('--help', 'show this help').helpCommand(false);
  root.addCommand(runCommand(args[0] === 'run' ? args : [])).addCommand(evalCommand()).addCommand(listCommand()).addCommand(envCommand());
  const quietly = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => undefined }).showSuggestionAfterError(true);
    command.commands.forEach(quietly);
  };
  quietly(root);
  return root;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
