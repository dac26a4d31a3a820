import { envSpec } from '@rivulet/envs';
import { Command } from 'commander';
import { checkConformance } from './checkConformance.js';
import { checkTrace } from './checkTrace.js';
import { type OutputFlags, outputOf } from './output.js';
import { outputOptions } from './outputOptions.js';
import { wholeNumber } from './wholeNumber.js';

interface CheckFlags extends OutputFlags {
  readonly trace?: string;
  readonly tolerance?: number;
  readonly seed: number;
}

/** `rivulet env check`: the conformance kit, or a recorded trace. Exit code 1 when the environment does not pass. */
export function envCheckCommand(): Command {
  const command = new Command('check')
    .description('Replay a recorded trace through an environment, or run the conformance kit on it')
    .usage('<id> [options]')
    .argument('<id>', 'environment id; `rivulet list` shows them')
    .optionsGroup('Check:')
    .option('--trace <file>', 'JSON trace: episodes with initialState and steps, or a transition table P with its initial distribution; the conformance kit without')
    .option('--tolerance <x>', 'largest allowed deviation from the trace (default: 1e-9 for what it holds in float64, 1e-5 for observations and float32 states)', tolerance)
    .option('--seed <n>', 'seed of the conformance kit', wholeNumber('--seed', 0), 0);
  return outputOptions(command).action(async (id: string, flags: CheckFlags) => {
    envSpec(id); // An unknown id is refused here, in one line.
    const output = outputOf(flags);
    const passed = flags.trace === undefined ? await checkConformance(id, flags.seed, output) : checkTrace(id, flags.trace, flags.tolerance, output);
    if (!passed) process.exitCode = 1;
  });
}

function tolerance(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new Error(`--tolerance is '${text}': it must be a number of at least 0`);
  return value;
}
