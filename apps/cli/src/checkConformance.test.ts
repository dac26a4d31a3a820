import { envIds } from '@rivulet/envs';
import { describe, expect, it } from 'vitest';
import { checkConformance } from './checkConformance.js';
import { conformanceOptions } from './conformanceOptions.js';

describe('checkConformance', () => {
  it.each(envIds())('%s passes', async (id) => {
    const said: string[] = [];
    const results: unknown[] = [];
    const passed = await checkConformance(id, 0, { say: (line) => said.push(line), note: () => undefined, json: (value) => results.push(value), progress: undefined });
    expect(said.filter((line) => line.includes('FAILED'))).toEqual([]);
    expect(passed).toBe(true);
    expect(results).toMatchObject([{ env: id, passed: true, scores: { failed: 0 } }]);
  });
});

describe('conformanceOptions', () => {
  it('expects ends where there is a time limit, and chance unless a table shows none', () => {
    expect(conformanceOptions('Acrobot-v1', 3)).toEqual({ seed: 3, steps: 501, expectEnd: true, random: true });
    expect(conformanceOptions('CliffWalking-v1', 0)).toEqual({ seed: 0, steps: 200, expectEnd: false, random: false });
    expect(conformanceOptions('FrozenLake-v1', 0)).toMatchObject({ random: true });
  });
});
