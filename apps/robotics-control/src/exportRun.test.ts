import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadOnnx, ndarray, tf } from '@rivulet/engine';
import type { Rows } from '@rivulet/envs';
import { evaluatePolicy } from '@rivulet/evaluation';
import { createRunFolder, type RunFolder, runFolder } from '@rivulet/tracking';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateRun } from './evaluateRun.js';
import { exportRun } from './exportRun.js';
import { makeEnv } from './makeEnv.js';
import { resolveConfig, type RunInput } from './resolveConfig.js';
import type { RunConfig } from './runConfig.js';
import { trainRun } from './trainRun.js';

const root = mkdtempSync(join(tmpdir(), 'export-run-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const common = { steps: 600, episodes: 2, untilReturn: 'never', untilEvaluation: 'never', checkpointSeconds: 0.0001 } as const;
const offPolicy = { hidden: [8], batchSize: 16, learningStarts: 100 };
const runs: { readonly [name: string]: RunInput } = {
  ppo: { ...common, env: 'CartPole-v1', settings: { numEnvs: 2, rolloutSteps: 32, minibatchSize: 16, epochs: 2, hidden: [8], normalizeObservation: true, learningRate: 0.01 } },
  // Its normal distribution goes beyond the bounds of the space, which clip the action.
  clipped: { ...common, env: 'Pendulum-v1', algorithm: 'ppo', settings: { numEnvs: 2, rolloutSteps: 32, minibatchSize: 16, epochs: 4, hidden: [8], learningRate: 0.05 } },
  a2c: { ...common, env: 'FrozenLake-v1', algorithm: 'a2c', settings: { numEnvs: 2, hidden: [8], learningRate: 0.01 } },
  dqn: { ...common, env: 'CartPole-v1', algorithm: 'dqn', settings: { ...offPolicy, dueling: true, trainFrequency: 8 } },
  sac: { ...common, env: 'Pendulum-v1', algorithm: 'sac', steps: 300, settings: { ...offPolicy, normalizeObservation: true } },
  td3: { ...common, env: 'Pendulum-v1', algorithm: 'td3', steps: 300, settings: offPolicy },
};
const trained = new Map<string, { readonly config: RunConfig; readonly folder: RunFolder }>();

beforeAll(async () => {
  await tf.setBackend('cpu');
  for (const [name, input] of Object.entries(runs)) {
    const config = resolveConfig(input);
    const folder = createRunFolder(join(root, name));
    await trainRun({ config, folder, resume: false });
    trained.set(name, { config, folder });
  }
});

describe('exportRun', () => {
  it.each(Object.keys(runs))('%s: the file alone plays the episodes that the run plays, on the environment as it comes', async (name) => {
    const { config, folder } = trained.get(name)!;
    const to = join(root, `${name}.onnx`);
    const before = tf.memory().numTensors;
    const exported = await exportRun({ config, folder, to });
    expect(tf.memory().numTensors).toBe(before);
    expect(exported).toMatchObject({ passed: true, observations: 256, otherChoices: 0, bytes: readFileSync(to).length });
    expect(exported.largestDifference).toBeLessThan(1e-5);
    expect(exported.step).toBeGreaterThanOrEqual(config.steps);
    expect(exported.description.metadata).toMatchObject({ environment: config.env, algorithm: config.algorithm, steps: String(exported.step), seed: '1' });

    const model = await loadOnnx(readFileSync(to));
    const [{ dtype, shape }] = model.description.inputs;
    const act = async (observation: Rows, n: number): Promise<Rows> => (await model.run({ observation: ndarray(dtype as 'float32', [n, ...(shape.slice(1) as number[])], observation.slice() as Float32Array) })).action.data as Rows;
    const played = await evaluatePolicy(() => makeEnv(config.env, 3), act, { episodes: 3, seed: 11 });
    const expected = await evaluateRun({ config, folder, episodes: 3, seed: 11 });
    // Episodes of discrete actions are the same to the last step; continuous ones drift apart by roundings.
    expected.episodes.forEach((episode, i) => expect(Math.abs(played.episodes[i].return - episode.return)).toBeLessThanOrEqual(config.env === 'Pendulum-v1' ? 1e-2 : 0));
    await model.dispose();
  });

  it('takes the checkpoint that is named, and a batch that is given', async () => {
    const { config, folder } = trained.get('td3')!;
    const steps = readdirSync(folder.checkpoints).filter((name) => name.startsWith('step-')).sort();
    expect(steps.length).toBe(2);
    const to = join(root, 'older.onnx');
    const older = await exportRun({ config, folder, to, checkpoint: steps[0], batch: 5, seed: 3 });
    expect(older).toMatchObject({ passed: true, step: Number(steps[0].slice('step-'.length)), observations: 260, description: { inputs: [{ shape: [5, 3] }], outputs: [{ shape: [5, 1] }] } });
    const latest = await exportRun({ config, folder, to });
    expect(latest.step).toBe(Number(steps[1].slice('step-'.length)));
    expect(latest.description.inputs[0].shape).toEqual(['N', 3]);
    await expect(exportRun({ config, folder, to, checkpoint: 'best' })).rejects.toThrow(`${folder.path} has no checkpoint 'best': there are ${steps.join(', ')}, and 'latest' means the last of them (the best is not kept)`);
  });

  it('leaves what is there when it cannot write', async () => {
    const { config, folder } = trained.get('td3')!;
    mkdirSync(join(root, 'taken'));
    await expect(exportRun({ config, folder, to: join(root, 'taken') })).rejects.toThrow(/^cannot write .*taken \(it is a folder\): name a file$/);
    await expect(exportRun({ config, folder, to: join(root, 'missing/policy.onnx') })).rejects.toThrow(/^cannot write .*missing\/policy\.onnx \(no such file or directory\)$/);
    expect(existsSync(join(root, 'taken.tmp'))).toBe(false);
  });

  it('waits for the first checkpoint', async () => {
    const folder = runFolder(join(root, 'young'));
    mkdirSync(folder.path);
    writeFileSync(folder.config, '{}');
    await expect(exportRun({ config: resolveConfig({}), folder, to: join(root, 'young.onnx') })).rejects.toThrow(`${folder.path} has no checkpoint yet: let its run go on with --resume ${folder.path}`);
    expect(existsSync(join(root, 'young.onnx'))).toBe(false);
  });
});
