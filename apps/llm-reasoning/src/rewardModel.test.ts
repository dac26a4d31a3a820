import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { disposeTree, loadCheckpoint, Rng, snapshotPart, tensorCount, tf, treeSnapshot } from '@rivulet/engine';
import { withValueHead } from '@rivulet/algorithms';
import { createRunFolder, readJsonl, readTensorBoard, runFolder } from '@rivulet/tracking';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parityRun } from '../test/parityRun.js';
import { checkRun } from './checkRun.js';
import { evaluateModel } from './evaluateModel.js';
import { exportModel } from './exportModel.js';
import { type LanguageFolder, languageFolder } from './languageFolder.js';
import { methodScorer } from './methodScorer.js';
import { reachedIn } from './reachedIn.js';
import { resolveConfig, type RunInput } from './resolveConfig.js';
import { runParts } from './runParts.js';
import { type RunResult, runResult } from './runResult.js';
import { runStatus } from './runStatus.js';
import { trainRun, type TrainRunOptions } from './trainRun.js';

const root = mkdtempSync(join(tmpdir(), 'reward-model-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const small = { ...parityRun, reward: 'model', method: 'grpo', rewardModel: { rounds: 3, prompts: 4, groupSize: 4, minibatchPrompts: 2, epochs: 1, learningRate: 1e-2, noise: 0.5 } } satisfies RunInput;
const folderOf = (name: string): LanguageFolder => languageFolder(runFolder(join(root, name)));
const begin = (name: string, input: RunInput = small, options: Partial<TrainRunOptions> = {}): Promise<RunResult> => trainRun({ config: resolveConfig(input), folder: languageFolder(createRunFolder(join(root, name))), resume: false, ...options });
const resume = (name: string, input: RunInput = small): Promise<RunResult> => trainRun({ config: resolveConfig(input), folder: folderOf(name), resume: true });
const lines = (file: string): string[] => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []);

/** Aborted once so many lines of metrics are written: between two rounds. */
const untilLines = (name: string, count: number): AbortSignal =>
  ({
    get aborted() {
      return lines(folderOf(name).metrics).length >= count;
    },
  }) as AbortSignal;

/** What a run leaves that must not depend on where it was interrupted. */
async function remains(name: string): Promise<{ readonly [file: string]: string | number }> {
  const { checkpoints, metrics, transcripts } = folderOf(name);
  const { path, step } = await loadCheckpoint(checkpoints);
  const tensors = createHash('sha256').update(readFileSync(join(path, 'tensors.safetensors'))).digest('hex');
  return { step, tensors, metrics: readFileSync(metrics, 'utf8'), transcripts: readFileSync(transcripts, 'utf8') };
}

/** The result without what differs from time to time. */
function timeless({ seconds: _s, warmStartSeconds: _w, tokensPerSecond: _t, files: _f, rewardModel, ...rest }: RunResult): object {
  return { ...rest, rewardModel: rewardModel && { ...rewardModel, seconds: 0 } };
}

const reached = async (name: string) => reachedIn((await loadCheckpoint(folderOf(name).checkpoints)).snapshot);

let whole: RunResult;

beforeAll(async () => {
  await tf.setBackend('cpu');
  whole = await begin('whole');
});

describe('a run whose reward is a model', () => {
  it('learns it between warm start and method, which sees its scores alone; the verifier judges', () => {
    expect(runResult.parse(whole)).toEqual(whole);
    expect(whole).toMatchObject({ method: 'grpo', stopped: 'rounds', rounds: 4 });
    const messages = [...readJsonl(folderOf('whole').metrics)];
    const evaluated = 'rollout update rollout update evaluation ';
    expect(messages.map(({ kind }) => kind).join(' ')).toBe(`${evaluated}${evaluated}${'rollout update '.repeat(3)}${evaluated}${evaluated}`.trim());
    const steps = messages.map(({ step }) => step);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));

    const rollouts = messages.filter((message) => message.kind === 'rollout');
    const tokens = (from: number, to: number): number => rollouts.slice(from, to).reduce((sum, { steps: own }) => sum + own, 0);
    expect(whole).toMatchObject({ warmStartTokens: tokens(0, 4), sampledTokens: tokens(7, 11), rewardModel: { rounds: 3, tokens: tokens(4, 7) } });
    const returns = (from: number, to: number): number[] => rollouts.slice(from, to).flatMap(({ episodes }) => episodes.map((episode) => episode.return));
    expect(new Set(returns(4, 7))).toEqual(new Set([0, 1]));
    // Scores are no verdicts.
    expect(returns(7, 11).every((score) => score !== 0 && score !== 1)).toBe(true);
    expect(new Set(returns(7, 11)).size).toBeGreaterThan(4);
    for (const { meanReturn } of messages.filter((message) => message.kind === 'evaluation')) expect(Number.isInteger(Math.round(meanReturn * 6e9) / 1e9)).toBe(true);

    const modelled = messages.filter((message) => message.kind === 'update').slice(4, 7);
    for (const { metrics } of modelled) expect(Object.keys(metrics)).toEqual(expect.arrayContaining(['loss', 'accuracy', 'pairs']));
    // 4 rounds of 8 steps, 3 of 2 minibatches, 4 of 2 minibatches.
    expect(messages.filter((message) => message.kind === 'update').map(({ updates }) => updates)).toEqual([8, 16, 24, 32, 34, 36, 38, 40, 42, 44, 46]);
    // A judge that errs has an order for every two of four.
    expect(whole.rewardModel!.comparisons).toBe(3 * 4 * 6);
    expect(modelled.reduce((sum, { metrics }) => sum + metrics['pairs'], 0)).toBe(whole.rewardModel!.comparisons);
    const { tensorBoard } = folderOf('whole');
    const shown = readdirSync(tensorBoard).flatMap((file) => readTensorBoard(join(tensorBoard, file)).flatMap(({ scalars }) => scalars?.map(({ tag }) => tag) ?? []));
    expect(shown.filter((tag) => tag === 'update/pairs')).toHaveLength(3);
  });

  it('tells how the model sees held-out completions, of the policy before and after', () => {
    const { accuracy, scores } = whole.rewardModel!;
    expect(scores.start).toMatchObject({ accuracy, right: expect.closeTo(whole.scores.warmStart!.passAt['1'], 10) as number });
    expect(scores.final!.right).toBeCloseTo(whole.scores.final!.passAt['1'], 10);
    for (const score of [scores.start, scores.final!]) {
      expect(score.pairs).toBeGreaterThan(0);
      expect(Number.isFinite(score.score)).toBe(true);
    }
  });

  // Four rounds and two evaluations of the warm start are 10 lines; three of the reward model 6.
  it.each([
    ['the warm start', 5, 'warmStart', 2],
    ['the end of the warm start', 10, 'warmStart', 4],
    ['the reward model', 14, 'rewardModel', 2],
    ['the end of the reward model', 16, 'rewardModel', 3],
    ['the method', 21, 'method', 2],
  ] as const)('goes on exactly where it was interrupted: in %s', async (name, count, phase, round) => {
    const stopped = await begin(name, small, { signal: untilLines(name, count) });
    expect(stopped).toMatchObject({ stopped: 'interrupted', heldOutAccuracy: null, rounds: phase === 'method' ? 2 : 0 });
    const { status, frozen } = await reached(name);
    expect(status).toMatchObject({ phase, round });
    expect(Object.keys(frozen?.data ?? {})).toEqual({ warmStart: [], rewardModel: ['policy'], method: ['rewardModel'] }[phase]);
    expect(timeless(await resume(name))).toEqual(timeless(whole));
    expect(await remains(name)).toEqual(await remains('whole'));
  });

  it('shows how it goes, also when it is interrupted between two phases, and leaves no tensor', async () => {
    const before = tensorCount();
    const stop = new AbortController();
    const progress = new PassThrough({ encoding: 'utf8' });
    const shown: string[] = [];
    // Two lines of the warm start, its judgement, the last round of the reward model, its judgement.
    progress.on('data', (line: string) => shown.push(line) === 5 && stop.abort());
    expect(await begin('shown', small, { progress, signal: stop.signal })).toMatchObject({ stopped: 'interrupted', rounds: 0, rewardModel: { rounds: 3, scores: { final: null } } });
    expect(shown[3]).toMatch(/^reward model 3\/3 {2}\d+ tokens .*loss \S+ {2}accuracy \S+\n$/);
    expect(shown[4]).toMatch(/^after the reward model {2}\S+ % of \d+ held-out pairs in order, mean score \S+\n$/);
    expect(timeless(await resume('shown'))).toEqual(timeless(whole));
    expect(await remains('shown')).toEqual(await remains('whole'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(tensorCount()).toBe(before);
  });

  it('is evaluated and exported in every phase: it is the policy that answers', async () => {
    await begin('answers', small, { signal: untilLines('answers', 14) });
    const config = resolveConfig(small);
    const early = await evaluateModel({ config, folder: folderOf('answers') });
    expect(early).toMatchObject({ phase: 'rewardModel', score: whole.scores.warmStart });
    expect(await exportModel({ config, folder: folderOf('answers'), to: join(root, 'early') })).toMatchObject({ phase: 'rewardModel', passed: true });
    const late = await evaluateModel({ config, folder: folderOf('whole') });
    expect(late).toMatchObject({ phase: 'method', score: whole.scores.final });
    expect(await exportModel({ config, folder: folderOf('whole'), to: join(root, 'late') })).toMatchObject({ phase: 'method', passed: true });
  });

  it.each(['ppo', 'dpo', 'dapo'] as const)('is one for other methods too: %s', async (method) => {
    const settings = { prompts: 4, epochs: 1, ...(method === 'ppo' ? {} : { groupSize: 4 }), ...(method === 'dpo' ? { minibatchPairs: 2 } : { minibatchPrompts: 2 }) };
    const own = { ...small, method, settings };
    const result = await begin(method, own);
    expect(result).toMatchObject({ stopped: 'rounds', rounds: 4, rewardModel: { comparisons: 72 } });
    // What came before the method does not depend on it.
    expect(result.rewardModel!.scores.start).toEqual(whole.rewardModel!.scores.start);
    await begin(`${method}-stopped`, own, { signal: untilLines(`${method}-stopped`, 21) });
    expect(timeless(await resume(`${method}-stopped`, own))).toEqual(timeless(result));
    expect(await remains(`${method}-stopped`)).toEqual(await remains(method));
  });

  it('composes with adapters of a pretrained model: reward model and policy have their own', async () => {
    const base = join(root, 'base');
    await exportModel({ config: resolveConfig(small), folder: folderOf('whole'), to: base });
    const adapted = { ...small, pretrained: base, lora: { rank: 2, targets: ['query', 'up'] }, warmStart: { rounds: 0 }, settings: { ...small.settings, learningRate: 0.05 } };
    const before = tensorCount();
    const result = await begin('adapted', adapted);
    expect(result).toMatchObject({ stopped: 'rounds', warmStartTokens: 0, rewardModel: { rounds: 3 } });
    const { frozen } = await reached('adapted');
    expect(Object.keys(snapshotPart(frozen!, 'rewardModel').arrays).some((path) => path.includes('loraA'))).toBe(true);
    for (const count of [2, 8]) {
      const name = `adapted-${count}`;
      await begin(name, adapted, { signal: untilLines(name, count) });
      expect(timeless(await resume(name, adapted))).toEqual(timeless(result));
      expect(await remains(name)).toEqual(await remains('adapted'));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(tensorCount()).toBe(before);

    // A context without the place of the longest completion's score does for the verifier alone.
    const { room } = runParts(resolveConfig({ ...adapted, reward: 'verifier' }));
    const tight = join(root, 'tight');
    cpSync(base, tight, { recursive: true });
    const json = JSON.parse(readFileSync(join(tight, 'config.json'), 'utf8')) as object;
    writeFileSync(join(tight, 'config.json'), JSON.stringify({ ...json, max_position_embeddings: room.promptTokens + room.newTokens }));
    checkRun(resolveConfig({ ...adapted, pretrained: tight, reward: 'verifier' }));
    expect(() => checkRun(resolveConfig({ ...adapted, pretrained: tight }))).toThrow(/and the place of their score, do not fit the model's context of \d+: give fewer newTokens$/);
  });

  it('lets the verifier count as much as it is told', async () => {
    const parts = runParts(resolveConfig(small));
    const rng = Rng.fromSeed(4);
    const weights = withValueHead(parts.policy).init(rng);
    const stored = await treeSnapshot(weights);
    disposeTree(weights);
    const asked = parts.task.sample(rng);
    const answers = [asked.solution, '#7'].map((text) => ({ problem: asked, text, prompt: parts.tokenizer.encode(asked.prompt), tokens: [...parts.tokenizer.encode(text), parts.tokenizer.eos], ended: true }));
    const rewards = async (verifierWeight: number): Promise<number[]> => {
      const scorer = methodScorer(parts, resolveConfig({ ...small, rewardModel: { verifierWeight } }), stored);
      const judged = await scorer.score(answers);
      scorer.dispose?.();
      return judged.map(({ reward }) => reward);
    };
    const [model, both] = [await rewards(0), await rewards(2)];
    expect(both).toEqual([expect.closeTo(model[0] + 2, 5), expect.closeTo(model[1], 5)]);
  });

  it('is none in the status of runs that were made before there were any', async () => {
    const { rewardModel: _model, comparisons: _pairs, modelScore: _score, ...before } = (await reached('whole')).status;
    expect(runStatus.parse(before)).toEqual({ ...before, rewardModel: null, comparisons: 0, modelScore: null });
  });

  it('is refused for what would drive likelihoods down without bound, before anything is written', () => {
    const own = { ...small, method: 'expertIteration' };
    expect(() => checkRun(resolveConfig(own))).toThrow("the method weighs completions by their reward, and the scores of a reward model fall below 0: give weight 'none', and keep 'best', or another method");
    checkRun(resolveConfig({ ...own, settings: { ...small.settings, weight: 'none', keep: 'best' } }));
    checkRun(resolveConfig({ ...own, reward: 'verifier' }));
  });
});
