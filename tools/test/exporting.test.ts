import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'tools/dist/exporting');
const page = readFileSync(join(root, 'docs/exporting.md'), 'utf8');
const [consumer] = [...page.matchAll(/^```js\n\/\/ act\.mjs\n([\s\S]*?)^```/gm)].map(([, text]) => text);

function node(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 120_000 });
  expect(status, stderr).toBe(0);
  return stdout;
}

const rivulet = (...args: string[]): string => node(join(root, 'apps/cli/bin/rivulet.js'), ...args);
const act = (file: string, observation: readonly number[]): number[] => JSON.parse(node('act.mjs', file, JSON.stringify(observation))) as number[];

/** The program on the page runs as it stands, on policies that the command exported. */
describe('the consumer of docs/exporting.md', () => {
  beforeAll(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'act.mjs'), consumer);
    const quick = ['--steps', '300', '--hidden', '8', '--batch-size', '16', '--learning-starts', '100', '--quiet'];
    rivulet('run', '--algorithm', 'sac', '--env', 'Pendulum-v1', ...quick, '--out', 'pendulum');
    rivulet('run', '--algorithm', 'a2c', '--env', 'FrozenLake-v1', '--steps', '300', '--hidden', '8', '--quiet', '--out', 'lake');
  }, 240_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has at most 20 lines', () => {
    expect(consumer.trimEnd().split('\n').length).toBeLessThanOrEqual(20);
  });

  it('acts on a continuous task, within the bounds of the environment and not of the network', () => {
    const report = rivulet('export', 'pendulum', '--to', 'policy.onnx');
    // The lines that the page shows, with other numbers.
    const shown = /^```\n(policy\.onnx: [\s\S]*?)```/m.exec(page)?.[1] ?? '';
    const form = (text: string): string => text.replace(/\d[\d.]*(e-\d+)?/g, '#');
    expect(form(report)).toBe(form(shown));
    const actions = [[1, 0, 0.5], [-1, 0, 0], [0, 1, -8], [0, -1, 8]].map((observation) => act('policy.onnx', observation));
    for (const action of actions) {
      expect(action.length).toBe(1);
      expect(Math.abs(action[0])).toBeLessThanOrEqual(2);
    }
    expect(new Set(actions.flat()).size).toBeGreaterThan(1);
    // A file for one observation in a call gives the same.
    rivulet('export', 'pendulum', '--to', 'one.onnx', '--batch', '1');
    expect(act('one.onnx', [1, 0, 0.5])[0]).toBeCloseTo(actions[0][0], 6);
  });

  it('acts on a discrete task', () => {
    rivulet('export', 'lake');
    const actions = [0, 5, 15].map((state) => act('lake/policy.onnx', [state]));
    for (const [action] of actions) expect([0, 1, 2, 3]).toContain(action);
  });
});
