import { Command } from 'commander';

/** The values of some flags, looked for in the arguments of `run` before the rest is read; undefined where they are not given. */
export function flagsAmong<F extends string>(args: readonly string[], flags: readonly F[]): { readonly [flag in F]?: string } {
  const command = new Command()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments();
  for (const flag of flags) command.option(`--${flag} <value>`);
  return command.parse([...args], { from: 'user' }).opts();
}
