import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { tf } from '@rivulet/engine';
import { cartPole, type EnvDefinition, registerEnv } from '@rivulet/envs';
import { createRunFolder, type RunFolder, runFolder } from '@rivulet/tracking';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkRun } from './checkRun.js';
import { evaluateRun } from './evaluateRun.js';
import { resolveConfig, type RunInput } from './resolveConfig.js';
import type { RunConfig } from './runConfig.js';
import { trainRun, type TrainRunOptions } from './trainRun.js';

const root = mkdtempSync(join(tmpdir(), 'train-run-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const small = { numEnvs: 2, rolloutSteps: 8, minibatchSize: 16, epochs: 1, hidden: [4] };
const config = (more: RunInput = {}): RunConfig => resolveConfig({ env: 'Faulty-v0', steps: 160, episodes: 2, untilReturn: 'never', checkpointSeconds: 0.0001, settings: small, ...more });
const folderOf = (name: string): RunFolder => runFolder(join(root, name));
const begin = (name: string, options: Partial<TrainRunOptions> = {}) => trainRun({ config: config(), folder: createRunFolder(join(root, name)), resume: false, ...options });
const resume = (name: string, options: Partial<TrainRunOptions> = {}) => trainRun({ config: config(), folder: folderOf(name), resume: true, ...options });
const metrics = (name: string): string => readFileSync(folderOf(name).metrics, 'utf8');

/** A checksum of the newest checkpoint's tensors. */
function tensors(name: string): string {
  const { checkpoints } = folderOf(name);
  const [newest] = (JSON.parse(readFileSync(join(checkpoints, 'latest.json'), 'utf8')) as { checkpoints: string[] }).checkpoints;
  return createHash('sha256').update(readFileSync(join(checkpoints, newest, 'tensors.safetensors'))).digest('hex');
}

/** What the faulty environment does wrong, and after how many of its steps in this process. */
const fault = { after: Infinity, what: 'reward' as 'reward' | 'observation' | 'throw' };

/** CartPole, until something breaks. */
function faulty(): EnvDefinition {
  const sound = cartPole() as unknown as EnvDefinition;
  return {
    ...sound,
    id: 'Faulty-v0',
    step(batch, actions, from, to) {
      sound.step(batch, actions, from, to);
      if (--fault.after > 0) return;
      if (fault.what === 'reward') batch.reward[from] = NaN;
      if (fault.what === 'throw') throw new Error('the cable came off');
    },
    observe(batch, out, from, to) {
      sound.observe(batch, out, from, to);
      if (fault.after <= 0 && fault.what === 'observation') out[2] = Infinity;
    },
  };
}

beforeAll(async () => {
  await tf.setBackend('cpu');
  registerEnv({ id: 'Faulty-v0', definition: faulty });
  await begin('whole');
});

describe('trainRun', () => {
  it('leaves a finished run behind, and no tensor', async () => {
    const before = tf.memory().numTensors;
    const shown = new PassThrough({ encoding: 'utf8' });
    let started = 0;
    const result = await begin('complete', { progress: shown, onStart: () => started++ });
    expect(result).toMatchObject({ env: 'Faulty-v0', algorithm: 'ppo', seed: 1, steps: 160, updates: 10, stopped: 'steps', backend: 'cpu' });
    expect(result.scores.evaluation?.returns.length).toBe(2);
    expect(readdirSync(folderOf('complete').path).sort()).toEqual(['checkpoints', 'config.json', 'curve.svg', 'metrics.jsonl', 'result.json', 'tensorboard']);
    expect(JSON.parse(readFileSync(folderOf('complete').config, 'utf8'))).toEqual(config());
    expect(shown.read()).toContain('step 160/160 (100%)');
    expect(started).toBe(1);
    expect([metrics('complete'), tensors('complete')]).toEqual([metrics('whole'), tensors('whole')]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(['reward', 'observation', 'throw'] as const)('stops at a fault of the environment (%s), names it and what is left, and goes on when it is mended', async (what) => {
    const name = `faulty-${what}`;
    Object.assign(fault, { after: 50, what });
    const message = { reward: 'Faulty-v0: copy 0 returned the reward NaN', observation: 'Faulty-v0: copy 0 returned an observation with Infinity at position 2', throw: 'the cable came off' }[what];
    const run = begin(name);
    await expect(run).rejects.toThrow(message);
    const line = await run.then(String, (error: Error) => error.message);
    expect(line).toMatch(/^the run stopped after step 96: [^\n]+; step-000000096 is unharmed: once that is mended, continue from it with --resume [^\n]+$/);
    expect(existsSync(folderOf(name).lock)).toBe(false);
    fault.after = Infinity;
    expect(await resume(name)).toMatchObject({ stopped: 'steps', steps: 160, updates: 10 });
    expect([metrics(name), tensors(name)]).toEqual([metrics('whole'), tensors('whole')]);
  });

  it('that fails before its first checkpoint says so', async () => {
    Object.assign(fault, { after: 3, what: 'reward' });
    await expect(begin('early')).rejects.toThrow(/^the run stopped after step 0: .*; there is no checkpoint yet: once that is mended, begin again with --resume .*early$/);
    fault.after = Infinity;
    await resume('early');
    expect(tensors('early')).toBe(tensors('whole'));
  });

  it('ends when its signal aborts, and goes on exactly', async () => {
    const stop = new AbortController();
    const progress = new PassThrough();
    progress.once('data', () => stop.abort());
    const result = await begin('stopped', { config: config({ checkpointSeconds: 0 }), signal: stop.signal, progress });
    expect(result).toMatchObject({ stopped: 'interrupted', scores: { evaluation: null } });
    expect(result.steps).toBeLessThan(160);
    expect(existsSync(folderOf('stopped').result)).toBe(false);
    expect(await resume('stopped')).toMatchObject({ stopped: 'steps', steps: 160 });
    expect([metrics('stopped'), tensors('stopped')]).toEqual([metrics('whole'), tensors('whole')]);
  });

  it('that was aborted before it began has nothing to store, and can begin', async () => {
    expect(await begin('never', { signal: AbortSignal.abort() })).toMatchObject({ stopped: 'interrupted', steps: 0, updates: 0 });
    expect(existsSync(folderOf('never').checkpoints)).toBe(false);
    await resume('never');
    expect(tensors('never')).toBe(tensors('whole'));
  });

  it('tells which end was reached, also when it has to be evaluated again', async () => {
    const goal = config({ untilReturn: 1, steps: 10_000, settings: { ...small, numEnvs: 8, rolloutSteps: 32, minibatchSize: 256 } });
    const reached = await begin('reached', { config: goal });
    expect(reached).toMatchObject({ stopped: 'return' });
    expect(reached.steps).toBeLessThan(10_000);
    rmSync(folderOf('reached').result);
    const learned = tensors('reached');
    const again = await resume('reached', { config: goal });
    expect(again).toMatchObject({ stopped: 'return', steps: reached.steps, updates: reached.updates, scores: reached.scores, files: reached.files });
    expect(tensors('reached')).toBe(learned);
    const evaluated = await begin('evaluated', { config: config({ untilEvaluation: 1, evaluateEvery: 50, steps: 10_000 }) });
    expect(evaluated).toMatchObject({ stopped: 'evaluation', steps: 64 });
    // Both ends in one iteration: the return counts.
    expect(await begin('both', { config: { ...goal, steps: reached.steps } })).toMatchObject({ stopped: 'return', steps: reached.steps });
  });

  it('shares its folder with nobody', async () => {
    let second: Promise<unknown> | undefined;
    await begin('shared', { onStart: () => void (second = expect(resume('shared')).rejects.toThrow(`${folderOf('shared').path} is in use by process ${process.pid}`)) });
    await second;
    expect(tensors('shared')).toBe(tensors('whole'));
    await expect(trainRun({ config: config(), folder: folderOf('shared'), resume: false })).rejects.toThrow(`another run has begun in ${folderOf('shared').path}: choose another folder`);
  });

  it('finds its newest checkpoint where the list of them was lost', async () => {
    await begin('listless');
    rmSync(join(folderOf('listless').checkpoints, 'latest.json'));
    rmSync(folderOf('listless').result);
    const result = await resume('listless');
    expect(result).toMatchObject({ stopped: 'steps', steps: 160 });
    expect(metrics('listless')).toBe(metrics('whole'));
  });

  it('refuses metrics that are not those of the checkpoint, and touches nothing', async () => {
    await begin('foreign');
    rmSync(folderOf('foreign').result);
    const lines = metrics('foreign');
    writeFileSync(folderOf('foreign').metrics, lines.slice(0, 30));
    await expect(resume('foreign')).rejects.toThrow(`foreign/metrics.jsonl has 30 bytes, but should continue at byte ${lines.length}`);
    expect(metrics('foreign')).toBe(lines.slice(0, 30));
  });
});

describe('checkRun', () => {
  it('refuses what does not go together, and frees what it made', () => {
    const before = tf.memory().numTensors;
    expect(() => checkRun(config({ env: 'Nowhere-v0' }))).toThrow("unknown environment 'Nowhere-v0'");
    expect(() => checkRun(config({ algorithm: 'sac', settings: {} }))).toThrow(/sac: needs a continuous \(box\) action space/);
    expect(() => checkRun(config({ algorithm: 'dqn', env: 'Pendulum-v1', settings: {} }))).toThrow(/dqn: needs a discrete action space/);
    checkRun(config());
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('evaluateRun', () => {
  it('plays the newest checkpoint: the same seed, the same episodes', async () => {
    const play = (episodes: number, seed?: number) => evaluateRun({ config: config(), folder: folderOf('whole'), episodes, seed });
    const fresh = await play(2);
    expect(fresh).toMatchObject({ step: 160 });
    expect(fresh.episodes.map((episode) => episode.return)).toEqual((JSON.parse(readFileSync(folderOf('whole').result, 'utf8')) as { scores: { evaluation: { returns: number[] } } }).scores.evaluation.returns);
    expect((await play(4, 9)).episodes).toEqual((await play(4, 9)).episodes);
    expect((await play(4, 10)).episodes).not.toEqual((await play(4, 9)).episodes);
  });

  it('refuses a run without a checkpoint, and one of other networks', async () => {
    const young = createRunFolder(join(root, 'young'));
    await expect(evaluateRun({ config: config(), folder: young, episodes: 1 })).rejects.toThrow(`${young.path} has no checkpoint yet`);
    await expect(evaluateRun({ config: config({ settings: { ...small, hidden: [5] } }), folder: folderOf('whole'), episodes: 1 })).rejects.toThrow(/has the shape \[55\], but the structure needs \[68\]/);
  });
});
