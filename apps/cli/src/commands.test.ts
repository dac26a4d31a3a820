import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { contents, lastJson, rivulet, scratch, start } from '../test/rivulet.js';
import { shortRuns } from '../test/runs.js';

const at = scratch();

describe('rivulet list', () => {
  interface List {
    readonly apps: string[];
    readonly algorithms: string[];
    readonly environments: string[];
    readonly tasks: string[];
    readonly methods: string[];
    readonly presets: { algorithm: string; env: string }[];
  }

  it('shows what there is', async () => {
    const ended = await rivulet(at, 'list', '--json', '--seed', '3');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const list = lastJson<List>(ended);
    expect(list).toMatchObject({ apps: ['robotics-control', 'llm-reasoning'], algorithms: ['ppo', 'a2c', 'dqn', 'sac', 'td3'], methods: ['grpo', 'drGrpo', 'dapo', 'rloo', 'reinforcePlusPlus', 'gspo', 'ppo', 'expertIteration', 'dpo', 'ipo', 'simpo', 'orpo', 'kto'] });
    expect(list.environments).toContain('Pendulum-v1');
    expect(list.presets).toContainEqual({ algorithm: 'ppo', env: 'CartPole-v1' });
    for (const name of [...list.apps, ...list.algorithms, ...list.environments, ...list.tasks, ...list.methods]) expect(ended.stdout).toContain(`  ${name}`);
    expect((await rivulet(at, 'list', '--json', '--quiet')).stdout).toBe(`${JSON.stringify(list)}\n`);
  });

  it('does not mind a reader who goes away', async () => {
    const running = start(at, ['list']);
    running.process.stdout.destroy();
    expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('rivulet eval', () => {
  it('plays the newest checkpoint, the same episodes for the same seed, and touches nothing', async () => {
    const run = lastJson(await rivulet(at, 'run', ...shortRuns.td3, '--out', 'run', '--json', '--quiet'));
    const before = contents(join(at, 'run'));
    const play = async (...flags: string[]): Promise<{ scores: { mean: number; returns: number[] }; steps: number; seed: number; seconds: number; files: unknown }> => {
      const ended = await rivulet(at, 'eval', 'run', '--json', ...flags);
      expect(ended.code).toBe(0);
      expect(ended.stdout.split('\n').length).toBe(3);
      return lastJson(ended);
    };
    // The episodes that ended the run, by default.
    const fresh = await play('--episodes', '3');
    expect(fresh.scores).toEqual(run.scores.evaluation);
    expect(fresh).toMatchObject({ steps: run.steps, files: { folder: 'run' } });
    const five = await play('--episodes', '5', '--seed', '5');
    expect(five).toMatchObject({ seed: 5, scores: { returns: expect.objectContaining({ length: 5 }) as number[] } });
    expect(five.scores.returns.slice(0, 2)).not.toEqual(fresh.scores.returns.slice(0, 2));
    expect((await play('--episodes', '5', '--seed', '5')).scores).toEqual(five.scores);
    expect(contents(join(at, 'run'))).toEqual(before);
  });
});

describe('rivulet export', () => {
  it('writes the policy, compares it, and touches nothing else', async () => {
    await rivulet(at, 'run', ...shortRuns.sac, '--out', 'exported', '--quiet');
    const before = contents(join(at, 'exported'));
    const ended = await rivulet(at, 'export', 'exported', '--json');
    expect(ended.code).toBe(0);
    expect(ended.stdout).toMatch(/^exported\/policy\.onnx: the policy of sac on Pendulum-v1 after \d+ steps, [\d.]+ KiB\nopset: {3}18, standard operators only \(IR version 8\)\ninput: {3}observation float32\[N, 3\]\noutput: {2}action float32\[N, 1\]\nchecked: largest difference /);
    const report = lastJson<{ passed: boolean; scores: { largestDifference: number; observations: number }; model: { bytes: number; opset: number; inputs: unknown; metadata: unknown }; files: unknown }>(ended);
    expect(report).toMatchObject({ passed: true, scores: { observations: 256 }, model: { opset: 18, inputs: [{ name: 'observation', dtype: 'float32', shape: ['N', 3] }], metadata: { environment: 'Pendulum-v1' } }, files: { folder: 'exported', policy: 'exported/policy.onnx' } });
    expect(report.scores.largestDifference).toBeLessThan(1e-5);
    const { 'policy.onnx': _, ...after } = Object.fromEntries(Object.entries(contents(join(at, 'exported'))).map(([path, content]) => [path.split('/exported/')[1], content]));
    expect(Object.values(after)).toEqual(Object.values(before));
    expect(readFileSync(join(at, 'exported/policy.onnx')).length).toBe(report.model.bytes);
  });

  it('of discrete actions says how often the two choose differently, for the batch and the file that are asked for', async () => {
    await rivulet(at, 'run', ...shortRuns.ppo, '--out', 'discrete', '--quiet');
    const ended = await rivulet(at, 'export', 'discrete', '--to', 'four.onnx', '--batch', '4', '--seed', '9');
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/^four\.onnx: the policy of ppo on CartPole-v1 [^]*observation float32\[4, 4\]\noutput: {2}action int32\[4\]\nchecked: another action on [0-2] of 256 sampled observations \(at most one in 100 is rounding\)\n$/);
  });
});

describe('rivulet env check', () => {
  const traces = fileURLToPath(new URL('../../../libs/envs/test-data/gymnasium/', import.meta.url));
  interface Trace {
    readonly episodes: { readonly steps: { state: number[]; observation: number[]; reward: number; terminated: boolean }[] }[];
  }
  interface Report {
    readonly passed: boolean;
    readonly scores: { readonly [what: string]: number };
    readonly differences: { readonly what: string }[];
    readonly steps: number;
  }

  it.each(['CartPole-v1', 'Pendulum-v1', 'FrozenLake-v1'])('%s follows the trace of Gymnasium', async (id) => {
    const ended = await rivulet(at, 'env', 'check', id, '--trace', join(traces, `${id}.json`), '--json');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/\n {2}largest deviation of reward +\S+\n/);
    const report = lastJson<Report>(ended);
    expect(report).toMatchObject({ env: id, passed: true, differences: [] });
    expect(report.steps).toBeGreaterThan(10);
    expect(Math.max(...Object.values(report.scores))).toBeLessThan(1e-5);
  });

  it.each<[string, (trace: Trace) => void, RegExp, object]>([
    ['a state', ({ episodes }) => (episodes[0].steps[3].state[2] += 0.25), /largest deviation of state +0\.2[45]/, { differences: [] }],
    ['an observation', ({ episodes }) => (episodes[0].steps[3].observation[1] -= 0.5), /largest deviation of observation +0\.[45]/, { differences: [] }],
    ['a reward', ({ episodes }) => (episodes[1].steps[0].reward = 3), /largest deviation of reward +2\n/, { scores: { reward: 2 } }],
    [
      'a flag',
      ({ episodes }) => ((episodes[0].steps.at(-1) as Trace['episodes'][0]['steps'][0]).terminated = false),
      /\n {2}episode 0, step \d+: terminated is true, expected false\n/,
      { differences: [{ what: 'terminated', expected: 'false', actual: 'true' }] },
    ],
  ])('tells by how much %s differs, with exit code 1', async (_, change, line, report) => {
    const trace = JSON.parse(readFileSync(join(traces, 'CartPole-v1.json'), 'utf8')) as Trace;
    change(trace);
    writeFileSync(join(at, 'trace.json'), JSON.stringify(trace));
    const ended = await rivulet(at, 'env', 'check', 'CartPole-v1', '--trace', 'trace.json', '--json');
    expect(ended).toMatchObject({ code: 1, stderr: '' });
    expect(ended.stdout).toMatch(line);
    expect(ended.stdout).toContain('\nFAILED (tolerances: ');
    expect(lastJson<Report>(ended)).toMatchObject({ passed: false, ...report });
  });

  it('passes what is within the tolerance, and refuses the trace of another environment', async () => {
    const trace = JSON.parse(readFileSync(join(traces, 'CartPole-v1.json'), 'utf8')) as Trace;
    trace.episodes[0].steps[3].reward += 0.5;
    writeFileSync(join(at, 'trace.json'), JSON.stringify(trace));
    expect(await rivulet(at, 'env', 'check', 'CartPole-v1', '--trace', 'trace.json', '--tolerance', '0.6')).toMatchObject({ code: 0 });
    expect(await rivulet(at, 'env', 'check', 'CartPole-v1', '--trace', join(traces, 'Pendulum-v1.json'))).toMatchObject({ code: 1, stdout: '' });
  });

  it('runs the conformance kit without a trace', async () => {
    const ended = await rivulet(at, 'env', 'check', 'Pendulum-v1', '--json', '--seed', '4');
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^ {2}ok {5}/);
    expect(lastJson<{ scores: { failed: number; passed: number } }>(ended)).toMatchObject({ env: 'Pendulum-v1', passed: true, seed: 4, scores: { failed: 0 } });
  });
});
