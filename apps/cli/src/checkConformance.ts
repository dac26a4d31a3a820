import { checkEnv, type CheckResult, checkVectorEnv, makeEnv, makeVectorEnv } from '@rivulet/envs';
import { conformanceOptions } from './conformanceOptions.js';
import type { Output } from './output.js';

/** Runs the conformance kit on single copies and on batches, reports every check, and returns whether all passed. */
export async function checkConformance(id: string, seed: number, { say, json }: Output): Promise<boolean> {
  const begun = performance.now();
  const options = conformanceOptions(id, seed);
  const checks: CheckResult[] = [
    ...(await checkEnv(() => makeEnv(id), options)),
    ...(await checkVectorEnv((numEnvs, modes) => makeVectorEnv(id, numEnvs, modes), options)),
  ];
  for (const { name, passed, detail } of checks) say(`  ${passed ? 'ok    ' : 'FAILED'} ${name}${passed ? '' : `: ${detail}`}`);
  const failed = checks.filter((check) => !check.passed).length;
  say(`${id}: ${checks.length - failed} passed, ${failed} failed`);
  json({ env: id, passed: failed === 0, scores: { passed: checks.length - failed, failed }, checks, seed, seconds: (performance.now() - begun) / 1000, files: {} });
  return failed === 0;
}
