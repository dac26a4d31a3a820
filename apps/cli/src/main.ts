import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { envCommand } from './envCommand.js';
import { evalCommand } from './evalCommand.js';
import { exportCommand } from './exportCommand.js';
import { listCommand } from './listCommand.js';
import { runCommand } from './runCommand.js';

/** In columns; a narrower terminal gets what it has. */
const HELP_WIDTH = 110;

/**
 * The `rivulet` command. Errors become one line on standard error and exit code 1; the stack is shown with --debug.
 * @param args the words after `rivulet`
 */
export async function main(args: readonly string[]): Promise<void> {
  const fail = (error: unknown): void => {
    process.exitCode = 1;
    process.stderr.write(`${describeError(error, args.includes('--debug'))}\n`);
  };
  // Whoever reads the output may go away (`rivulet list | head -1`): the work goes on without.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => (error.code === 'EPIPE' ? undefined : fail(error)));
  process.on('uncaughtException', (error) => {
    fail(error);
    process.exit();
  });
  try {
    await parse(args);
  } catch (error) {
    if (!(error instanceof CommanderError && error.exitCode === 0)) fail(error);
  }
}

async function parse(args: readonly string[]): Promise<void> {
  const root = program(args[0] === 'run' ? args.slice(1) : []);
  try {
    await root.parseAsync([...args], { from: 'user' });
  } catch (error) {
    // A command that is only a group, named alone: its help is what is wanted.
    if (!(error instanceof CommanderError && error.code === 'commander.help' && error.exitCode !== 0)) throw error;
    await root.parseAsync([...args, '--help'], { from: 'user' });
  }
}

function program(runArgs: readonly string[]): Command {
  const root = new Command('rivulet')
    .description('Reinforcement learning from composable blocks')
    .usage('<command> [options]')
    .version(version(), '--version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .addHelpText('after', '\n`rivulet run --help` shows the flags of training; `rivulet run` alone solves CartPole-v1.')
    .addCommand(runCommand(runArgs))
    .addCommand(evalCommand())
    .addCommand(exportCommand())
    .addCommand(listCommand())
    .addCommand(envCommand());
  adapt(root, 'rivulet');
  return root;
}

/** Makes a command and those within throw their errors, which then name the help to look into, and widens their help. */
function adapt(command: Command, name: string): void {
  command
    .configureOutput({ writeErr: () => undefined, getOutHelpWidth: () => Math.min(process.stdout.columns ?? HELP_WIDTH, HELP_WIDTH) })
    .configureHelp({ subcommandTerm: (inner) => `${inner.name()} ${inner.usage()}` })
    .exitOverride((error) => {
      throw error.exitCode === 0 || error.code === 'commander.help' ? error : new CommanderError(error.exitCode, error.code, `${usageFault(error)} (see ${name} --help)`);
    });
  for (const inner of command.commands) adapt(inner, `${name} ${inner.name()}`);
}

/** "error: unknown option '--sede'\n(Did you mean --seed?)" as one sentence. */
function usageFault({ message }: CommanderError): string {
  return oneLine(message)
    .replace(/^error: /, '')
    .replace(/ \(Did you mean (one of )?(.*?)\?\)$/, "; did you mean '$2'?");
}

function describeError(error: unknown, debug: boolean): string {
  if (!(error instanceof Error)) return `error: ${oneLine(String(error))}`;
  return debug ? (error.stack ?? error.message) : `error: ${oneLine(error.message)}`;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}

function version(): string {
  return (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;
}
