import { Rng, tf, tidyTree, treeMap } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { causalTransformer, checkModule, constant, linear, type Module, rewardModel, tokenLogProbs, valueNet } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Input = { readonly hidden: tf.Tensor; readonly mask?: tf.Tensor };

/** Hands its hidden states on. */
const given: Module<Input, tf.Tensor, { readonly none: tf.Tensor }> = { init: () => ({ none: tf.scalar(0) }), apply: (_, { hidden }) => hidden.clone() };
// Score 2·h - 1.
const head = linear({ in: 1, out: 1, kernelInit: constant(2), biasInit: constant(-1) });
const hidden = tf.tensor3d([1, 2, 3, 4, 5, 6], [2, 3, 1]);

function scores(granularity: 'outcome' | 'step', mask?: number[][], output?: 'sigmoid'): number[] {
  const model = rewardModel({ trunk: given, head, granularity, ...(output === undefined ? {} : { output }) });
  const input: Input = mask === undefined ? { hidden } : { hidden, mask: tf.tensor2d(mask) };
  return [...model.apply(model.init(Rng.fromSeed(1)), input).dataSync()];
}

describe('rewardModel', () => {
  it('reads an outcome at the last real token, wherever the padding is', () => {
    expect(scores('outcome')).toEqual([5, 11]);
    expect(scores('outcome', [[1, 1, 0], [0, 1, 1]])).toEqual([3, 11]);
    expect(scores('outcome', [[1, 0, 0], [0, 0, 0]])).toEqual([1, 0]);
  });

  it('scores every step', () => {
    expect(scores('step')).toEqual([1, 3, 5, 7, 9, 11]);
    expect(scores('step', [[1, 1, 0], [0, 1, 1]])).toEqual([1, 3, 0, 0, 9, 11]);
  });

  it('gives probabilities where asked', () => {
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    scores('outcome', [[1, 0, 0], [1, 1, 0]], 'sigmoid').forEach((score, i) => expect(score).toBeCloseTo(sigmoid([1, 9][i]), 6));
    // Padding stays 0, not one half.
    expect(scores('step', [[1, 1, 0], [1, 1, 1]], 'sigmoid')[2]).toBe(0);
  });

  it('stands on a transformer, alone or beside its logits', async () => {
    const model = causalTransformer({ vocab: 5, dim: 4, layers: 1, heads: 2, context: 6 });
    const input = { tokens: tf.tensor2d([[1, 2, 3], [4, 0, 0]], undefined, 'int32'), mask: tf.tensor2d([[1, 1, 1], [1, 0, 0]]) };
    const reward = rewardModel({ trunk: model.trunk, head: linear({ in: 4, out: 1 }), granularity: 'outcome' });
    // Away from the start, whose small embeddings make the norms too curved for differences.
    const lively = { ...reward, init: (rng: Rng) => tidyTree(() => treeMap((leaf) => leaf.add(rng.normal(leaf.shape).mul(0.3)), reward.init(rng))) };
    await checkModule(lively, input, { step: 3e-3 });

    const value = valueNet({ body: linear({ in: 4, out: 1 }) });
    const parameters = { model: model.init(Rng.fromSeed(1)), value: value.init(Rng.fromSeed(2)) };
    const values = value.apply(parameters.value, model.apply(parameters.model, input).hidden);
    expect(values.shape).toEqual([2, 3]);
    const own = reward.apply({ trunk: parameters.model, head: parameters.value }, input).dataSync();
    expect(own[0]).toBeCloseTo((values.arraySync() as number[][])[0][2], 6);
    expect(own[1]).toBeCloseTo((values.arraySync() as number[][])[1][0], 6);
  });

  it('refuses a head of another size', () => {
    const model = rewardModel({ trunk: given, head: linear({ in: 1, out: 2 }), granularity: 'step' });
    expect(() => model.apply(model.init(Rng.fromSeed(1)), { hidden })).toThrow("rewardModel, the head's output: the last axis should have 1 entries");
  });
});

describe('tokenLogProbs', () => {
  it('picks the log-probability of each id', () => {
    // Odds 1:3 and 1:1.
    const logits = tf.tensor3d([0, Math.log(3), 7, 7, 0, 0], [1, 3, 2]);
    const ids = tf.tensor2d([[1, 0, 1]], undefined, 'int32');
    tokenLogProbs(logits, ids).dataSync().forEach((value, i) => expect(value).toBeCloseTo(Math.log([0.75, 0.5, 0.5][i]), 6));
    const masked = tokenLogProbs(logits, ids, tf.tensor2d([[1, 0, 1]], undefined, 'int32')).dataSync();
    expect(Math.abs(masked[1])).toBe(0);
    expect(masked[2]).toBeCloseTo(Math.log(0.5), 6);
  });
});
