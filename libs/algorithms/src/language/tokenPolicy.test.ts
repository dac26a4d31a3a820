import { adam, disposeTree, flatten, type HostBatch, Rng, sgd, tensorCount, tf, toTensor, type Tree, treeLeaves } from '@rivulet/engine';
import type { Aggregation } from '@rivulet/losses';
import { causalTransformer, loraAdapter } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { adaptedModel } from './adaptedModel.js';
import { checkLearner } from '../conformance/checkLearner.js';
import { grpoConfig } from './methods/grpoConfig.js';
import { aggregationOf, grpoObjective } from './methods/grpoObjective.js';
import { grpoPresets } from './methods/grpoPresets.js';
import { likelihoodObjective } from './methods/likelihoodObjective.js';
import { completionScores, type TokenBatch, tokenPolicy, type TokenPolicyOptions } from './tokenPolicy.js';
import { tokenRollout, type TokenSequence } from './tokenRollout.js';
import { wholeModel } from './wholeModel.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const model = causalTransformer({ vocab: 6, dim: 8, layers: 1, heads: 2, context: 12 });
const policy = wholeModel(model);
const T = 4;

const sequences: readonly TokenSequence[] = [
  { prompt: [1, 2, 3], tokens: [4, 5], logProbs: [-1, -2], reward: 1 },
  { prompt: [2], tokens: [3, 1, 4, 1], logProbs: [-1.5, -1.2, -2, -1.8], reward: 0 },
  { prompt: [5, 5], tokens: [1], logProbs: [-0.7], reward: 0 },
  { prompt: [4, 1, 2, 2, 3], tokens: [2, 2, 0], logProbs: [-1.1, -1.9, -2.3], reward: 1 },
];

function batchOf(list: readonly TokenSequence[], promptTokens = 5): TokenBatch {
  const rollout = tokenRollout(list, { promptTokens, newTokens: T });
  const fields = Object.fromEntries(Object.entries(rollout as HostBatch).map(([name, array]) => [name, toTensor(array)])) as unknown as TokenBatch;
  return { ...fields, advantage: fields.reward.sub(0.4), referenceLogProb: fields.logProb.mul(0.9) };
}

const step = (options: Partial<TokenPolicyOptions>, batch: TokenBatch) => {
  const learner = tokenPolicy(policy, { objective: likelihoodObjective({ aggregation: { mode: 'token' }, weight: 'none' }), optimizer: sgd(1), newTokens: T, ...options });
  return tf.tidy(() => {
    const { state, metrics } = learner.update(learner.init(Rng.fromSeed(1)), batch, { rng: Rng.fromSeed(0), index: 0 });
    const numbers = treeLeaves(state.trained).flatMap(({ tensor }) => Array.from(tensor.dataSync()));
    return { numbers, metrics: Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value.dataSync()[0]])) } as unknown as tf.TensorContainer;
  }) as unknown as { numbers: number[]; metrics: { [name: string]: number } };
};

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 1e-5): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(tolerance * (1 + Math.abs(expected[i]))));
}

describe('tokenRollout', () => {
  it('pads prompts on the left and completions on the right', () => {
    const { tokens, mask, written, logProb, reward } = tokenRollout(sequences.slice(0, 2), { promptTokens: 4, newTokens: 5 });
    expect([tokens.shape, written.shape]).toEqual([[2, 9], [2, 5]]);
    expect([...tokens.data]).toEqual([0, 1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 2, 3, 1, 4, 1, 0]);
    expect([...mask.data]).toEqual([0, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0]);
    expect([...written.data]).toEqual([1, 1, 0, 0, 0, 1, 1, 1, 1, 0]);
    expect([...logProb.data]).toEqual([-1, -2, 0, 0, 0, ...[-1.5, -1.2, -2, -1.8].map(Math.fround), 0]);
    expect([...reward.data]).toEqual([1, 0]);
  });

  it('says what does not fit', () => {
    const room = { promptTokens: 4, newTokens: 3 };
    expect(() => tokenRollout([], room)).toThrow('there is no sequence');
    expect(() => tokenRollout(sequences, room)).toThrow('completion 1 has 4 tokens, 3 fit');
    expect(() => tokenRollout(sequences.slice(2), room)).toThrow('prompt 1 has 5 tokens, expected 1 to 4');
  });
});

describe('tokenPolicy', () => {
  it('scores completions as one unpadded sequence at a time would', () => {
    const state = policy.init(Rng.fromSeed(1));
    const batch = batchOf(sequences);
    const { logProb } = completionScores(policy, state, batch, { newTokens: T, temperature: 0.7 });
    sequences.forEach(({ prompt, tokens }, row) => {
      const all = [...prompt, ...tokens];
      const logits = model.apply(policy.parameters(state), { tokens: tf.tensor2d([all], undefined, 'int32') }).logits.div(0.7);
      const scores = tf.logSoftmax(logits).arraySync() as number[][][];
      const expected = tokens.map((token, t) => scores[0][prompt.length - 1 + t][token]);
      expectClose((logProb.arraySync() as number[][])[row], [...expected, ...Array.from({ length: T - tokens.length }, () => 0)]);
    });
  });

  it('makes the same step with more padding', () => {
    const [narrow, wide] = [step({}, batchOf(sequences)), step({}, batchOf(sequences, 8))];
    expectClose(wide.numbers, narrow.numbers);
  });

  it.each<Aggregation>([{ mode: 'token' }, { mode: 'sequence' }, { mode: 'prompt', groupSize: 2 }, { mode: 'constant', maxLength: T }])('makes the same step in parts: $mode', (aggregation) => {
    // One completion is empty, so that parts do not weigh alike.
    const batch = batchOf([...sequences.slice(0, 2), { ...sequences[2], tokens: [], logProbs: [] }, sequences[3]]);
    const config = grpoConfig.parse({ groupSize: 2, newTokens: T, aggregation: aggregation.mode, klCoefficient: 0.3, minibatchPrompts: 2 });
    const options = { objective: grpoObjective(config), aggregation };
    expect(aggregationOf(config)).toEqual(aggregation);
    const whole = step(options, batch);
    const parts = step({ ...options, accumulate: 2 }, batch);
    expectClose(parts.numbers, whole.numbers);
    expect(Object.keys(parts.metrics)).toEqual(Object.keys(whole.metrics));
    expectClose([parts.metrics.policy, parts.metrics.kl, parts.metrics.loss - 0], [whole.metrics.policy, whole.metrics.kl, whole.metrics.loss], 1e-4);
  });

  it('takes batch 1 × 8 as 8 × 1', () => {
    const eight = batchOf([...sequences, ...sequences.map((sequence) => ({ ...sequence, prompt: [...sequence.prompt].reverse() }))]);
    expectClose(step({ accumulate: 8 }, eight).numbers, step({}, eight).numbers);
  });

  it.each(Object.keys(grpoPresets) as (keyof typeof grpoPresets)[])('conforms, compiled and eager, as %s', async (name) => {
    const config = grpoConfig.parse({ ...grpoPresets[name], groupSize: 2, newTokens: T, entropyCoefficient: 0.01 });
    const learner = tokenPolicy(policy, { objective: grpoObjective(config), optimizer: flatten(adam(1e-2)), newTokens: T });
    const failed = (await checkLearner(learner, () => tf.tidy(() => batchOf(sequences)), { updates: 3 })).filter(({ passed }) => !passed);
    expect(failed).toEqual([]);
  });

  it('trains adapters alone, from the model as it was', () => {
    const base = model.init(Rng.fromSeed(1));
    const adapted = adaptedModel(model, base, loraAdapter({ rank: 2 }));
    const learner = tokenPolicy(adapted, { objective: likelihoodObjective({ aggregation: { mode: 'token' }, weight: 'none' }), optimizer: sgd(1), newTokens: T });
    const batch = batchOf(sequences);
    const first = learner.init(Rng.fromSeed(2));
    const scoresOf = (trained: Tree) => Array.from(completionScores(adapted, trained, batch, { newTokens: T, temperature: 1 }).logProb.dataSync());
    expectClose(scoresOf(first.trained), Array.from(completionScores(policy, base as Tree, batch, { newTokens: T, temperature: 1 }).logProb.dataSync()));
    const second = tf.tidy(() => learner.update(first, batch, { rng: Rng.fromSeed(0), index: 0 }).state as unknown as tf.TensorContainer) as unknown as typeof first;
    expect(scoresOf(second.trained).reduce((a, b) => a + b)).toBeGreaterThan(scoresOf(first.trained).reduce((a, b) => a + b));
  });

  it('frees all but its result', () => {
    const learner = tokenPolicy(policy, { objective: likelihoodObjective({ aggregation: { mode: 'token' }, weight: 'advantage' }), optimizer: sgd(1), newTokens: T });
    const [state, batch] = [learner.init(Rng.fromSeed(1)), batchOf(sequences)];
    const before = tensorCount();
    const next = tf.tidy(() => learner.update(state, batch, { rng: Rng.fromSeed(0), index: 0 }).state as unknown as tf.TensorContainer) as unknown as typeof state;
    disposeTree(next as Tree);
    expect(tensorCount()).toBe(before);
  });
});
