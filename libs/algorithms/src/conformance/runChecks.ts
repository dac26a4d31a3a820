import type { CheckResult } from '@rivulet/envs';

/** A named check: returns or throws what is wrong; returns undefined when nothing is. */
export type Check = readonly [name: string, run: () => string | undefined | Promise<string | undefined>];

/** Runs checks one after the other; one that throws has failed. */
export async function runChecks(checks: readonly Check[]): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const [name, run] of checks) {
    let detail: string;
    try {
      detail = (await run()) ?? '';
    } catch (error) {
      detail = `threw: ${error instanceof Error ? error.message : String(error)}`;
    }
    results.push({ name, passed: detail === '', detail });
  }
  return results;
}
