import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { tensorCount, tf } from '@rivulet/engine';
import { createRunFolder, readJsonl, runFolder } from '@rivulet/tracking';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parityRun } from '../test/parityRun.js';
import { examQuestions } from './examQuestions.js';
import { finishedResult } from './finishedResult.js';
import { type LanguageFolder, languageFolder } from './languageFolder.js';
import { resolveConfig, type RunInput } from './resolveConfig.js';
import type { RunConfig } from './runConfig.js';
import { runParts } from './runParts.js';
import { type RunResult, runResult } from './runResult.js';
import { trainRun, type TrainRunOptions } from './trainRun.js';

const root = mkdtempSync(join(tmpdir(), 'language-run-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const config = (more: RunInput = {}): RunConfig => resolveConfig({ ...parityRun, ...more });
const folderOf = (name: string): LanguageFolder => languageFolder(runFolder(join(root, name)));
const begin = (name: string, options: Partial<TrainRunOptions> = {}): Promise<RunResult> => trainRun({ config: config(), folder: languageFolder(createRunFolder(join(root, name))), resume: false, ...options });
const resume = (name: string, options: Partial<TrainRunOptions> = {}): Promise<RunResult> => trainRun({ config: config(), folder: folderOf(name), resume: true, ...options });

/** What a run leaves that must not depend on where it was interrupted. */
function remains(name: string): { readonly [file: string]: string } {
  const { checkpoints, metrics, transcripts } = folderOf(name);
  const [newest] = (JSON.parse(readFileSync(join(checkpoints, 'latest.json'), 'utf8')) as { checkpoints: string[] }).checkpoints;
  const tensors = createHash('sha256').update(readFileSync(join(checkpoints, newest, 'tensors.safetensors'))).digest('hex');
  return { newest, tensors, metrics: readFileSync(metrics, 'utf8'), transcripts: readFileSync(transcripts, 'utf8') };
}

/** The result without what differs from machine to machine and time to time. */
function timeless({ seconds: _s, warmStartSeconds: _w, tokensPerSecond: _t, files: _f, ...rest }: RunResult): Partial<RunResult> {
  return rest;
}

/** Aborts after so many boundaries: each of them writes a checkpoint message to nobody, and a line to this stream. */
function abortAfter(lines: number): { readonly signal: AbortSignal; readonly progress: PassThrough } {
  const stop = new AbortController();
  const progress = new PassThrough();
  let seen = 0;
  progress.on('data', () => ++seen >= lines && stop.abort());
  return { signal: stop.signal, progress };
}

let whole: RunResult;

beforeAll(async () => {
  await tf.setBackend('cpu');
  whole = await begin('whole');
});

describe('trainRun', () => {
  it('leaves a finished run behind: two phases, in one row of steps', () => {
    expect(runResult.parse(whole)).toEqual(whole);
    expect(whole).toMatchObject({ task: 'arithmetic', method: 'dapo', seed: 1, stopped: 'rounds', rounds: 4, backend: 'cpu' });
    const folder = folderOf('whole');
    expect(readdirSync(folder.path).sort()).toEqual(['checkpoints', 'config.json', 'metrics.jsonl', 'result.json', 'tensorboard', 'transcripts.jsonl']);
    expect(finishedResult(folder)).toEqual(whole);
    const messages = [...readJsonl(folder.metrics)];
    expect(messages.map(({ kind }) => kind).join(' ')).toBe(Array.from({ length: 4 }, () => 'rollout update rollout update evaluation').join(' '));
    const steps = messages.map(({ step }) => step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    const rollouts = messages.filter((message) => message.kind === 'rollout');
    expect(whole.warmStartTokens).toBe(rollouts.slice(0, 4).reduce((sum, { steps: tokens }) => sum + tokens, 0));
    expect(whole.sampledTokens).toBe(rollouts.slice(4).reduce((sum, { steps: tokens }) => sum + tokens, 0));
    expect(rollouts.at(-1)!.step).toBe(whole.warmStartTokens + whole.sampledTokens);
    // 4 rounds of 8 steps, then 4 of 2 minibatches.
    expect(messages.filter((message) => message.kind === 'update').map(({ updates }) => updates)).toEqual([8, 16, 24, 32, 34, 36, 38, 40]);
    expect(whole.updates).toBe(40);
    // There is something to learn from in every round.
    for (const { episodes } of rollouts.slice(4)) expect(new Set(episodes.map((episode) => episode.return))).toEqual(new Set([0, 1]));
    expect(whole.tokensPerSecond).toBeGreaterThan(0);
  });

  it('judges by problems of the held-out split that evaluations do not ask', () => {
    const { task } = runParts(config());
    const { evaluation, final } = examQuestions(config(), task);
    expect(new Set([...evaluation, ...final].map(({ prompt }) => prompt)).size).toBe(16);
    for (const problem of [...evaluation, ...final]) expect(task.splitOf(problem)).toBe('heldOut');
    const written = readFileSync(folderOf('whole').transcripts, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as { phase: string; round: number; step: number; prompt: string; text: string; reward: number; reason: string; tokens: number });
    expect(written.map(({ phase, round }) => `${phase} ${round}`)).toEqual(['warmStart 2', 'warmStart 4', 'afterWarmStart 4', 'method 2', 'method 4', 'final 4'].flatMap((time) => [time, time]));
    for (const [i, { phase, prompt, reward, reason, text }] of written.entries()) {
      expect(prompt).toBe((phase === 'final' || phase === 'afterWarmStart' ? final : evaluation)[i % 2].prompt);
      expect(reward === 1).toBe(reason === 'right');
      expect(typeof text).toBe('string');
    }
    const { scores } = whole;
    for (const score of [scores.warmStart!, scores.final!]) {
      expect(score.problems).toBe(10);
      expect(Object.values(score.reasons).reduce((sum, count) => sum + count, 0)).toBe(10);
      expect(score.accuracy).toBe((score.reasons.right ?? 0) / 10);
      expect(score.passAt['1']).toBeLessThanOrEqual(score.passAt['4']);
      expect(score.passAt['4']).toBeLessThanOrEqual(score.passAt['8']);
      expect(score.entropy).toBeGreaterThan(0);
    }
    expect(whole).toMatchObject({ warmStartAccuracy: scores.warmStart!.accuracy, heldOutAccuracy: scores.final!.accuracy, passAt: scores.final!.passAt });
  });

  it('shows how it goes, and leaves no tensor', async () => {
    const before = tensorCount();
    const shown = new PassThrough({ encoding: 'utf8' });
    let started = 0;
    const result = await begin('shown', { progress: shown, onStart: () => started++ });
    expect(started).toBe(1);
    expect(String(shown.read())).toMatch(
      /^warm start 2\/4 {2}\d+ tokens .*loss \S+ {2}held out \S+ %\nwarm start 4\/4 .*\nafter the warm start {2}held out \S+ % of 10 problems .*\ndapo 2\/4 {2}.*reward .*entropy .*length .*held out \S+ %\ndapo 4\/4 .*\n$/,
    );
    expect(timeless(result)).toEqual(timeless(whole));
    expect(remains('shown')).toEqual(remains('whole'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(tensorCount()).toBe(before);
  });

  // A line is shown for each evaluation, and one between the phases.
  it.each([
    ['the warm start', 1, 'warmStart'],
    ['its end', 2, 'warmStart'],
    ['the judgement after it', 3, 'warmStart'],
    ['the method', 4, 'method'],
  ])('goes on exactly where it was interrupted: in %s', async (name, lines, phase) => {
    const stopped = await begin(name, abortAfter(lines));
    expect(stopped).toMatchObject({ stopped: 'interrupted', heldOutAccuracy: null, passAt: null });
    expect(stopped.rounds > 0).toBe(phase === 'method');
    expect(existsSync(folderOf(name).result)).toBe(false);
    expect(timeless(await resume(name))).toEqual(timeless(whole));
    expect(remains(name)).toEqual(remains('whole'));
  });

  it('goes on exactly with a divergence from the policy after the warm start', async () => {
    const own = config({ method: 'grpo' });
    const uninterrupted = await begin('reference', { config: own });
    await begin('reference-stopped', { config: own, ...abortAfter(4) });
    expect(timeless(await resume('reference-stopped', { config: own }))).toEqual(timeless(uninterrupted));
    expect(remains('reference-stopped')).toEqual(remains('reference'));
  });

  it('that was aborted before it began has nothing to store, and can begin', async () => {
    expect(await begin('never', { signal: AbortSignal.abort() })).toMatchObject({ stopped: 'interrupted', warmStartAccuracy: null, sampledTokens: 0, updates: 0 });
    expect(existsSync(folderOf('never').checkpoints)).toBe(false);
    await resume('never');
    expect(remains('never')).toEqual(remains('whole'));
  });

  it('makes the lost result of a finished run again, and trains no more', async () => {
    await begin('again');
    rmSync(folderOf('again').result);
    expect(timeless(await resume('again'))).toEqual(timeless(whole));
    expect(remains('again')).toEqual(remains('whole'));
  });

  it('ends a phase at the accuracy that it was to reach, or when its time is over', async () => {
    // Everything is 0 modulo 1.
    const easy = { taskOptions: { digits: 2, style: 'direct', modulus: 1 }, warmStart: { ...parityRun.warmStart, rounds: 200, until: 0.9 } };
    const reached = await begin('reached', { config: config({ ...easy, until: 0.9, rounds: 50 }) });
    expect(reached).toMatchObject({ stopped: 'accuracy', rounds: 2 });
    expect(reached.warmStartAccuracy).toBeGreaterThan(0.5);
    const late = await begin('late', { config: config({ minutes: 1e-6 }) });
    expect(late).toMatchObject({ stopped: 'minutes', rounds: 1 });
  });

  it('shares its folder with nobody, and overwrites no run', async () => {
    let second: Promise<unknown> | undefined;
    await begin('shared', { onStart: () => void (second = expect(resume('shared')).rejects.toThrow(`${folderOf('shared').path} is in use by process ${process.pid}`)) });
    await second;
    expect(remains('shared')).toEqual(remains('whole'));
    await expect(trainRun({ config: config(), folder: folderOf('shared'), resume: false })).rejects.toThrow(`another run has begun in ${folderOf('shared').path}: choose another folder`);
  });

  it('says what is left when it breaks off', async () => {
    const diverging = config({ settings: { ...parityRun.settings, learningRate: 1e30 } });
    await expect(begin('diverged', { config: diverging })).rejects.toThrow(/^the run stopped after step \d+: .*; step-\d+ is unharmed: once that is mended, continue from it with --resume .*diverged$/);
    expect(existsSync(folderOf('diverged').lock)).toBe(false);
  });
});
