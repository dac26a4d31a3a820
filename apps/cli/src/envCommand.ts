import { readFileSync } from 'node:fs';
import { checkEnv, checkVectorEnv, type CheckResult, envIds, makeEnv, makeVectorEnv, replayTrace, type TraceReport } from '@rivulet/envs';
import { Command } from 'commander';
import { outputOptions } from './flags.js';
import { suggestion } from './nearest.js';
import { type Output, outputOf } from './output.js';
import { wholeNumber } from './wholeNumber.js';

interface CheckFlags {
  readonly trace?: string;
  readonly tolerance?: number;
  readonly seed?: number;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

/** Largest allowed deviation of state, observation and reward unless --tolerance gives another: float32 rounding. */
const TOLERANCE = 1e-5;

/** `rivulet env check`: the conformance kit, or a recorded trace. */
export function envCommand(): Command {
  const check = new Command('check')
    .description('run the conformance kit on an environment, or replay a recorded trace through it')
    .argument('<id>', 'environment id; `rivulet list` shows them')
    .option('--trace <file>', 'JSON trace: episodes with initialState and steps, or a transition table P with its initial distribution')
    .option('--tolerance <x>', `largest allowed deviation (default: ${TOLERANCE})`, positiveNumber)
    .option('--seed <n>', 'seed of the conformance kit (default: 0)', wholeNumber('--seed', 0));
  outputOptions(check).action(async (id: string, flags: CheckFlags) => {
    if (!envIds().includes(id)) throw new Error(`unknown environment '${id}'${suggestion(id, envIds())}`);
    const output = outputOf(flags);
    const passed = flags.trace === undefined ? await checkConformance(id, flags.seed ?? 0, output) : checkTrace(id, flags.trace, flags.tolerance ?? TOLERANCE, output);
    if (!passed) process.exitCode = 1;
  });
  return new Command('env').description('look into environments').helpOption('--help', 'show this help').helpCommand(false).addCommand(check);
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0)) throw new Error(`--tolerance is '${text}': it must be a number of at least 0`);
  return value;
}

function readTrace(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`cannot read the trace ${path}: ${(error as Error).message}`);
  }
}

function checkTrace(id: string, path: string, tolerance: number, output: Output): boolean {
  const report = replayTrace(id, readTrace(path));
  const { state, oneStepState, observation, reward, probability, differences, compared } = report;
  const passed = differences.length === 0 && [state, observation, reward, probability].every((deviation) => deviation <= tolerance);
  output.say(`${id}: ${compared} ${report.kind === 'table' ? 'outcomes' : 'steps'} compared`);
  for (const line of deviations(report)) output.say(`  ${line}`);
  for (const { where, what, expected, actual } of differences.slice(0, 20)) output.say(`  ${where}: ${what} is ${actual}, expected ${expected}`);
  if (differences.length > 20) output.say(`  ... and ${differences.length - 20} more differences`);
  output.say(passed ? `passed (tolerance ${tolerance})` : `failed (tolerance ${tolerance})`);
  output.json({ env: id, passed, tolerance, compared, deviation: { state, oneStepState, observation, reward, probability }, differences });
  return passed;
}

function deviations({ kind, state, oneStepState, observation, reward, probability }: TraceReport): string[] {
  if (kind === 'table') return [`largest deviation of probability ${probability}`, `largest deviation of reward      ${reward}`];
  return [
    `largest deviation of state       ${state} (of a single step from the recorded state: ${oneStepState})`,
    `largest deviation of observation ${observation}`,
    `largest deviation of reward      ${reward}`,
  ];
}

async function checkConformance(id: string, seed: number, output: Output): Promise<boolean> {
  const results: CheckResult[] = [
    ...(await checkEnv(() => makeEnv(id), { seed })),
    ...(await checkVectorEnv((numEnvs, options) => makeVectorEnv(id, numEnvs, options), { seed })),
  ];
  for (const { name, passed, detail } of results) output.say(`  ${passed ? 'ok    ' : 'FAILED'} ${name}${passed ? '' : `: ${detail}`}`);
  const failed = results.filter((result) => !result.passed).length;
  output.say(`${id}: ${results.length - failed} passed, ${failed} failed`);
  output.json({ env: id, passed: failed === 0, checks: results });
  return failed === 0;
}
