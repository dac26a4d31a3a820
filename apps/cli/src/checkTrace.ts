import { parseTrace, replayTrace, type TraceReport } from '@rivulet/envs';
import { readJson } from '@rivulet/tracking';
import type { Output } from './output.js';
import { tolerances } from './tolerances.js';

/** So many differing flags are shown to people; the JSON has all. */
const SHOWN = 20;

/** Replays a trace, reports the largest deviations and what else differs, and returns whether all is within the tolerance. */
export function checkTrace(id: string, path: string, tolerance: number | undefined, { say, json }: Output): boolean {
  const begun = performance.now();
  const trace = readJson(path);
  const report = replayTrace(id, trace);
  const allowed = tolerances(parseTrace(trace), tolerance);
  const { kind, state, oneStepState, observation, reward, probability, differences, compared } = report;
  const passed = differences.length === 0 && state <= allowed.state && observation <= allowed.observation && reward <= allowed.reward && probability <= allowed.probability;
  say(`${id}: ${compared} ${kind === 'table' ? 'outcomes' : 'steps'} compared`);
  for (const line of deviations(report)) say(`  largest deviation of ${line}`);
  for (const { where, what, expected, actual } of differences.slice(0, SHOWN)) say(`  ${where}: ${what} is ${actual}, expected ${expected}`);
  if (differences.length > SHOWN) say(`  ... and ${differences.length - SHOWN} more differences`);
  say(`${passed ? 'passed' : 'FAILED'} (tolerances: ${Object.entries(allowed).map(([what, most]) => `${what} ${most}`).join(', ')})`);
  json({
    env: id,
    passed,
    tolerance: allowed,
    scores: { state, oneStepState, observation, reward, probability },
    differences,
    steps: compared,
    seconds: (performance.now() - begun) / 1000,
    files: { trace: path },
  });
  return passed;
}

function deviations({ kind, state, oneStepState, observation, reward, probability }: TraceReport): string[] {
  if (kind === 'table') return [`probability  ${probability}`, `reward       ${reward}`];
  return [`state        ${state} (of a single step from the recorded state: ${oneStepState})`, `observation  ${observation}`, `reward       ${reward}`];
}
