import { adam, flatten, type HostBatch, Rng, sgd, type Snapshot, tf, tidyTree, toTensor, type Tree, treeMap, treeSnapshot } from '@rivulet/engine';
import { aggregateLoss, nllLoss } from '@rivulet/losses';
import { causalTransformer, loraAdapter, maskedDiffusionLm } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { advance } from '../../../test/advance.js';
import { snapshotOf } from '../../../test/snapshotOf.js';
import { disposed } from '../../../test/disposed.js';
import { expectNoLeak } from '../../../test/expectNoLeak.js';
import { expectToContinue } from '../../../test/expectToContinue.js';
import { adaptedModel } from '../adaptedModel.js';
import { checkLearner } from '../../conformance/checkLearner.js';
import { snapshotDifference } from '../../conformance/snapshotDifference.js';
import { evaluateTask } from '../evaluateTask.js';
import { maskedDiffusion } from './maskedDiffusion.js';
import { filledCompletions, maskedDiffusionLearner } from './maskedDiffusionLearner.js';
import { maskedDiffusionScores } from './maskedDiffusionScores.js';
import { maskTokens } from './maskTokens.js';
import { unmaskingGenerator } from './unmaskingGenerator.js';
import type { TokenBatch } from '../tokenPolicy.js';
import { tokenRollout } from '../tokenRollout.js';
import { echo, tokenizer } from '../../../test/echoTask.js';
import type { VerifiableTask } from '../verifiableTask.js';
import { wholeModel } from '../wholeModel.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

// Three places, four tokens: all that can be hidden, and all orders of writing, can be counted out.
const [T, V] = [3, 4];
const tiny = maskedDiffusionLm({ vocab: V, dim: 8, layers: 1, heads: 2, context: 8 });
const tinyPolicy = wholeModel(tiny);
const M = tiny.maskToken;
const lively = tidyTree(() => treeMap((leaf) => leaf.add(Rng.fromSeed(2).normal(leaf.shape).mul(0.5)), tiny.init(Rng.fromSeed(1)) as Tree) as object) as Tree;
const prompt = [2, 1];
const solution = [3, 0, 1];
const subsets = Array.from({ length: 2 ** T }, (_, bits) => Array.from({ length: T }, (_unused, i) => (bits >> i) & 1));

/** log π of each token of the solution where the tokens of a subset are hidden: one row for each subset. */
const table = (): number[][] => tf.tidy(() => {
  const tokens = tf.tensor2d(subsets.map((hidden) => [...prompt, ...solution.map((token, i) => (hidden[i] === 1 ? M : token))]), undefined, 'int32');
  const completion = tf.tensor2d(subsets.map(() => solution), undefined, 'int32');
  return maskedDiffusionScores(tinyPolicy, lively, { tokens, mask: tf.onesLike(tokens), completion }).logProb.arraySync() as number[][];
});

/** -log π of the solution, written in an order: each token given those before it in that order. */
function written(order: readonly number[], logProbs: readonly number[][]): number {
  return -order.reduce((sum, place, k) => {
    const hidden = order.slice(k).reduce((bits, later) => bits | (1 << later), 0);
    return sum + logProbs[hidden][place];
  }, 0);
}

const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/** ∫ f over [low, 1] by two points of Gauss, exact for polynomials up to degree 3. */
function integral(f: (t: number) => number, low = 0): number {
  const [middle, half] = [(1 + low) / 2, (1 - low) / 2];
  return half * (f(middle - half / Math.sqrt(3)) + f(middle + half / Math.sqrt(3)));
}

const batchOf = (sequences: readonly { readonly prompt: readonly number[]; readonly tokens: readonly number[] }[], promptTokens = 2, newTokens = T): TokenBatch => {
  const rollout: HostBatch = tokenRollout(sequences, { promptTokens, newTokens });
  const fields = Object.fromEntries(Object.entries(rollout).map(([name, array]) => [name, toTensor(array)])) as unknown as TokenBatch;
  return { ...fields, advantage: tf.onesLike(fields.reward), referenceLogProb: tf.zerosLike(fields.logProb) };
};

const hiddenIn = (subset: readonly number[]): number => subset.reduce((count, one) => count + one, 0);

describe('the bound', () => {
  /** (1/t) Σ_{i hidden} -log π(y_i) of every subset, from the blocks themselves. */
  const losses = (t: number): number[] =>
    tf.tidy(() => {
      const clean = tf.tensor2d(subsets.map(() => solution), undefined, 'int32');
      // Noise that hides just the tokens of the subset, at any time below 0.9999.
      const { tokens, masked } = maskTokens(clean, { maskToken: M, probability: tf.fill([subsets.length], t), noise: tf.tensor2d(subsets.map((hidden) => hidden.map((one) => (one === 1 ? 0 : 0.9999)))) });
      expect(masked.arraySync()).toEqual(subsets);
      const seen = tf.concat([tf.tensor2d(subsets.map(() => prompt), undefined, 'int32'), tokens], 1);
      const { logProb } = maskedDiffusionScores(tinyPolicy, lively, { tokens: seen, mask: tf.onesLike(seen), completion: clean });
      return nllLoss(logProb, { mask: masked, weight: tf.fill([subsets.length], 1 / t) }).sum(1).arraySync() as number[];
    });
  /** Σ over subsets, by their probability at time t. */
  const expected = (of: readonly number[], t: number): number => of.reduce((sum, value, row) => sum + t ** hiddenIn(subsets[row]) * (1 - t) ** (T - hiddenIn(subsets[row])) * value, 0);
  const expectedLoss = (t: number): number => expected(losses(t), t);

  it('is the mean over all orders of writing of the negative log-likelihood', () => {
    const logProbs = table();
    const negatives = orders.map((order) => written(order, logProbs));
    // The orders differ, or the test would say little.
    expect(Math.max(...negatives) - Math.min(...negatives)).toBeGreaterThan(0.2);
    const mean = negatives.reduce((a, b) => a + b) / orders.length;
    expect(integral(expectedLoss)).toBeCloseTo(mean, 4);
  });

  it('bounds the negative log-likelihood of the model that writes in a random order', () => {
    const negatives = orders.map((order) => written(order, table()));
    const likelihood = negatives.reduce((sum, value) => sum + Math.exp(-value), 0) / orders.length;
    expect(integral(expectedLoss)).toBeGreaterThanOrEqual(-Math.log(likelihood));
  });

  it('gives every place the weight 1 in the mean', () => {
    // E[(1/t)·1{hidden}] = 1 for each place at each time.
    const rows = 20_000;
    const share = tf.tidy(() => {
      const time = Rng.fromSeed(4).uniform([rows], 0.1, 1);
      const { masked } = maskTokens(tf.zeros([rows, T], 'int32'), { maskToken: M, probability: time, noise: Rng.fromSeed(3).uniform([rows, T]) });
      return masked.div(time.expandDims(1)).mean(0).arraySync() as number[];
    });
    // Var = E[1/t] - 1 = ln(10)/0.9 - 1.
    for (const weight of share) expect(Math.abs(weight - 1)).toBeLessThan(4 * Math.sqrt((Math.log(10) / 0.9 - 1) / rows));
  });

  it('is what the learner lowers', () => {
    const [rows, minimum] = [3_000, 0.05];
    const learner = maskedDiffusionLearner(tinyPolicy, { optimizer: sgd(0), newTokens: T, eos: 0, times: { minimum } });
    const sampled = tf.tidy(() => {
      const batch = batchOf(Array.from({ length: rows }, () => ({ prompt, tokens: solution })));
      return learner.update({ ...learner.init(Rng.fromSeed(1)), trained: lively }, batch, { rng: Rng.fromSeed(1), index: 0 }).metrics.loss.dataSync()[0];
    });
    // Of the loss of a row; rows whose times are stratified deviate less.
    const unit = losses(0.5).map((loss) => loss / 2 / T);
    const moment = (power: number): number => Array.from({ length: 1_000 }, (_, i) => minimum + ((1 - minimum) * (i + 0.5)) / 1_000).reduce((sum, t) => sum + expected(unit.map((x) => (x / t) ** power), t), 0) / 1_000;
    expect(moment(1)).toBeCloseTo(integral(expectedLoss, minimum) / (1 - minimum) / T, 4);
    const deviation = Math.sqrt((moment(2) - moment(1) ** 2) / rows);
    expect(deviation).toBeLessThan(0.03 * moment(1));
    expect(Math.abs(sampled - moment(1))).toBeLessThan(4 * deviation);
  });
});

describe('maskedDiffusionLearner', () => {
  it('fills completions with end tokens, which the model sees as any other', () => {
    const { prompt: before, mask, completion } = filledCompletions(batchOf([{ prompt: [1], tokens: [3, 0] }, { prompt: [2, 3], tokens: [1, 2, 3] }]), 0);
    expect([before.arraySync(), mask.arraySync(), completion.arraySync()]).toEqual([[[0, 1], [2, 3]], [[0, 1, 1, 1, 1], [1, 1, 1, 1, 1]], [[3, 0, 0], [1, 2, 3]]]);
  });

  it('makes the same step with more padding before the prompt', async () => {
    const learner = maskedDiffusionLearner(tinyPolicy, { optimizer: sgd(1), newTokens: T, eos: 0 });
    const sequences = [{ prompt, tokens: solution }, { prompt: [1], tokens: [2, 0] }];
    const after = async (promptTokens: number): Promise<Snapshot> => treeSnapshot(tidyTree(() => learner.update(learner.init(Rng.fromSeed(1)), batchOf(sequences, promptTokens), { rng: Rng.fromSeed(3), index: 0 }).state.trained as object) as Tree);
    expect(snapshotDifference(await after(2), await after(4), 1e-5)).toBeUndefined();
  });

  it.each([['the whole model', tinyPolicy], ['adapters', adaptedModel(tiny, lively as Parameters<typeof tiny.apply>[0], loraAdapter({ rank: 2 }))]])('conforms, compiled and eager: %s', async (_, policy) => {
    const learner = maskedDiffusionLearner(policy, { optimizer: flatten(adam(1e-2)), newTokens: T, eos: 0 });
    const sequences = [{ prompt, tokens: solution }, { prompt: [1], tokens: [2, 0] }, { prompt: [3, 3], tokens: [0] }];
    const failed = (await checkLearner(learner, () => tidyTree(() => batchOf(sequences)), { updates: 3 })).filter(({ passed }) => !passed);
    expect(failed).toEqual([]);
  });

  it('refuses a model without a mask token', () => {
    const policy = wholeModel(causalTransformer({ vocab: V, dim: 8, layers: 1, heads: 2, context: 8, attention: 'full' }));
    expect(() => maskedDiffusionLearner(policy, { optimizer: sgd(1), newTokens: T, eos: 0 })).toThrow('the model of the policy has no mask token; make it by maskedDiffusionLm');
  });

  it('is the negative log-likelihood where there is one place', () => {
    // One place, always hidden at time near 1: the loss is -log π at that place.
    const learner = maskedDiffusionLearner(tinyPolicy, { optimizer: sgd(0), newTokens: 1, eos: 0, times: { minimum: 0.999999 } });
    const batch = batchOf([{ prompt, tokens: [3] }], 2, 1);
    const { negativeElbo, crossEntropy } = learner.update({ ...learner.init(Rng.fromSeed(1)), trained: lively }, batch, { rng: Rng.fromSeed(1), index: 0 }).metrics;
    const tokens = tf.tensor2d([[...prompt, M]], undefined, 'int32');
    const { logProb } = maskedDiffusionScores(tinyPolicy, lively, { tokens, mask: tf.onesLike(tokens), completion: tf.tensor2d([[3]], undefined, 'int32') });
    const expected = aggregateLoss(logProb.neg(), { mode: 'token' }).dataSync()[0];
    expect(negativeElbo.dataSync()[0]).toBeCloseTo(expected, 4);
    expect(crossEntropy.dataSync()[0]).toBeCloseTo(expected, 4);
  });
});

const settings = { batchSize: 32, steps: 8, newTokens: 3, learningRate: 3e-3 } as const;
const model = maskedDiffusionLm({ vocab: tokenizer.vocabSize, dim: 32, layers: 1, heads: 2, context: 12 });
const policy = wholeModel(model);
const training = (seed: number, task: VerifiableTask = echo, promptTokens = 2) => ({ policy, task, tokenizer, promptTokens, rng: Rng.fromSeed(seed) });

/** Say the letters of a word from the last to the first. */
const reversal: VerifiableTask = {
  name: 'reversal',
  sample: (rng) => {
    const word = Array.from({ length: 2 + rng.nextInt(3) }, () => 'abc'[rng.nextInt(3)]);
    return { prompt: `${word.join('')}=`, solution: word.reverse().join('') };
  },
  verify: ({ solution: expected }, text) => (text === expected ? { reward: 1, reason: 'right' } : { reward: 0, reason: 'wrong' }),
};

describe('maskedDiffusion', () => {
  it('learns to repeat a letter, and where to stop', async () => {
    const run = maskedDiffusion(settings, training(1));
    const seen = await advance(run, 20);
    expect(seen[19].negativeElbo).toBeLessThan(0.05 * seen[0].negativeElbo);
    const generator = unmaskingGenerator({ model, rows: 16, promptTokens: 2, newTokens: 3, eos: 0, greedy: true });
    const { accuracy, length } = await evaluateTask(run.learner.weights, { task: echo, tokenizer, generator, problems: 64, rng: Rng.fromSeed(3) });
    expect([accuracy, length]).toEqual([1, 2]);
    disposed(run);
    await generator.dispose();
  });

  it('learns to reverse words of two to four letters, written one by one, in fewer passes, and in blocks', async () => {
    const deep = maskedDiffusionLm({ vocab: tokenizer.vocabSize, dim: 32, layers: 2, heads: 2, context: 11 });
    const run = maskedDiffusion({ ...settings, newTokens: 6, learningRate: 1e-3 }, { ...training(1, reversal, 5), policy: wholeModel(deep) });
    await advance(run, 90);
    for (const options of [{}, { steps: 3 }, { steps: 6, blockTokens: 2 }, { steps: 6, order: 'random' as const }]) {
      const generator = unmaskingGenerator({ model: deep, rows: 64, promptTokens: 5, newTokens: 6, eos: 0, greedy: true, ...options });
      const { accuracy } = await evaluateTask(run.learner.weights, { task: reversal, tokenizer, generator, problems: 128, rng: Rng.fromSeed(3) });
      expect(accuracy, JSON.stringify(options)).toBeGreaterThan(0.95);
      await generator.dispose();
    }
    disposed(run);
  });

  it('gives the same bits for the same seed, and others for another', async () => {
    const play = async (seed: number): Promise<Snapshot> => {
      const run = maskedDiffusion(settings, training(seed));
      await advance(run, 2);
      const end = await snapshotOf(run);
      disposed(run);
      return end;
    };
    const first = await play(1);
    expect(snapshotDifference(await play(1), first)).toBeUndefined();
    expect(snapshotDifference(await play(2), first)).toBeDefined();
  });

  it('continues exactly from a snapshot', async () => {
    await expectToContinue((seed) => maskedDiffusion(settings, training(seed)));
  });

  it('runs eagerly to the same numbers', async () => {
    const play = async (compile: boolean): Promise<Snapshot> => {
      const run = maskedDiffusion({ ...settings, steps: 4, compile }, training(1));
      await advance(run, 1);
      const end = await treeSnapshot(run.learner.weights);
      disposed(run);
      return end;
    };
    expect(snapshotDifference(await play(true), await play(false), 1e-3)).toBeUndefined();
  });

  it('leaves no tensor behind', async () => {
    await expectNoLeak(() => maskedDiffusion(settings, training(1)), 3);
  });

  it('wants an end token and a model with a mask token', () => {
    expect(() => maskedDiffusion({}, { ...training(1), tokenizer: { ...tokenizer, eos: undefined } })).toThrow('the tokenizer has no end token');
    const causal = wholeModel(causalTransformer({ vocab: tokenizer.vocabSize, dim: 8, layers: 1, heads: 2, context: 40 }));
    expect(() => maskedDiffusion({}, { ...training(1), policy: causal })).toThrow('the model of the policy has no mask token');
  });
});
