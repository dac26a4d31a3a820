import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { compositeReward } from './compositeReward.js';
import { implicitReward } from './implicitReward.js';
import { lengthReward } from './lengthReward.js';
import { penalizedReward } from './penalizedReward.js';
import { rejectionWeight } from './rejectionWeight.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('penalizedReward', () => {
  const input = {
    outcome: tf.tensor1d([1, -2, 5]),
    mask: tf.tensor2d([[0, 1, 1, 0], [1, 0, 1, 1], [0, 0, 0, 0]]),
    penalty: tf.tensor2d([[9, 0.5, -1, Infinity], [1, 9, 2, 3], [1, 1, 1, 1]]),
  };

  it('pays by token, with the outcome on the last one that counts', () => {
    expectClose(penalizedReward(input, { placement: 'token', coefficient: 0.1 }), [3, 4], [0, -0.05, 1.1, 0, -0.1, 0, -0.2, -2.3, 0, 0, 0, 0]);
    expectClose(penalizedReward({ outcome: input.outcome, mask: input.mask }, { placement: 'token' }), [3, 4], [0, 0, 1, 0, 0, 0, 0, -2, 0, 0, 0, 0]);
  });

  it('pays by sequence, the same in sum', () => {
    expectClose(penalizedReward(input, { placement: 'sequence', coefficient: tf.scalar(0.1) }), [3], [1.05, -2.6, 5]);
    const byToken = penalizedReward(input, { placement: 'token', coefficient: 0.1 }).sum(1).slice([0], [2]);
    expectClose(byToken, [2], [1.05, -2.6]);
  });

  it('lets no gradient flow, and says what does not fit', () => {
    const gradient = tf.grad((x) => penalizedReward({ ...input, penalty: x }, { placement: 'sequence' }).sum().add(x.sum()))(input.mask);
    expectClose(gradient, [3, 4], new Array(12).fill(1));
    expect(() => penalizedReward({ ...input, penalty: tf.ones([3, 2]) }, { placement: 'token' })).toThrow('penalizedReward: penalty must have the shape of mask, [3, 4], got [3, 2]');
    expect(() => penalizedReward({ ...input, outcome: tf.ones([2]) }, { placement: 'token' })).toThrow('penalizedReward: outcome must be [3], got [2]');
  });
});

describe('lengthReward', () => {
  it('has the ramp of DAPO: free up to 80, −1 from 100 on', () => {
    expectClose(lengthReward(tf.tensor1d([10, 80, 85, 90, 100, 130], 'int32'), { form: 'overlong', maxLength: 100, buffer: 20 }), [6], [0, 0, -0.25, -0.5, -1, -1]);
    expect(() => lengthReward(tf.ones([2]), { form: 'overlong', maxLength: 10, buffer: 0 })).toThrow('lengthReward: buffer must be above 0 and at most maxLength 10, got 0');
  });

  it('has forms for each answer alone', () => {
    const length = tf.tensor2d([[10, 20], [40, 0]]);
    expectClose(lengthReward(length, { form: 'linear', maxLength: 40, coefficient: 2 }), [2, 2], [-0.5, -1, -2, 0]);
    expectClose(lengthReward(length, { form: 'inverse', coefficient: 10 }), [2, 2], [-1, -0.5, -0.25, -10]);
    expectClose(lengthReward(length, { form: 'target', target: 15 }), [2, 2], [-5, -5, -25, -15]);
    expectClose(lengthReward(length, { form: 'target', target: tf.tensor2d([[10], [30]]) }), [2, 2], [0, -10, -10, -30]);
  });

  it('compares correct answers by the sigmoid of their standardised length', () => {
    // Of the correct ones 10 and 30: mean 20, deviation 10. No correct answer, or one: nothing to compare.
    const reward = lengthReward(tf.tensor2d([[10, 99, 30], [1, 2, 3], [5, 6, 7]]), { form: 'sigmoid', correct: tf.tensor2d([[1, 0, 1], [0, 0, 0], [0, 1, 0]]) });
    const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
    expectClose(reward, [3, 3], [-sigmoid(-1), 0, -sigmoid(1), 0, 0, 0, 0, -0.5, 0]);
  });

  it('has the relative length of Kimi k1.5', () => {
    const length = tf.tensor2d([[10, 20, 30, 15], [7, 7, 7, 7]]);
    const correct = tf.tensor2d([[1, 1, 0, 0], [1, 0, 1, 0]]);
    expectClose(lengthReward(length, { form: 'relative', correct }), [2, 4], [0.5, 0, -0.5, 0, 0, 0, 0, 0]);
    expect(() => lengthReward(tf.ones([3]), { form: 'relative', correct: tf.ones([3]) })).toThrow("lengthReward: form 'relative' compares answers of a group, so length must be [Q, G], got [3]");
  });
});

describe('compositeReward', () => {
  const parts = { correct: tf.tensor1d([1, 1, 0, 0]), format: tf.tensor1d([1, 0, 1, 0]), brevity: tf.tensor1d([0.5, 0.5, 0.5, 0.5]) };

  it('adds and multiplies', () => {
    expectClose(compositeReward(parts, { combine: 'sum' }), [4], [2.5, 1.5, 1.5, 0.5]);
    expectClose(compositeReward(parts, { combine: 'sum', weights: { format: 0.2, brevity: 0 } }), [4], [1.2, 1, 0.2, 0]);
    expectClose(compositeReward(parts, { combine: 'product' }), [4], [0.5, 0, 0, 0]);
  });

  it('gates less important parts by the more important ones', () => {
    expectClose(compositeReward(parts, { combine: 'gated', gates: { correct: 1 } }), [4], [2.5, 1.5, 0, 0]);
    expectClose(compositeReward(parts, { combine: 'gated', gates: { correct: 1, format: 1 }, weights: { brevity: 0.2 } }), [4], [2.1, 1, 0, 0]);
    expectClose(compositeReward(parts, { combine: 'gated', gates: { format: 0.5 } }), [4], [2.5, 1, 1.5, 0]);
  });

  it('returns a tensor of its own, and says what does not fit', () => {
    const before = tf.memory().numTensors;
    compositeReward({ correct: parts.correct }, { combine: 'product' }).dispose();
    expect(parts.correct.isDisposed).toBe(false);
    expect(tf.memory().numTensors).toBe(before);
    expect(() => compositeReward({}, { combine: 'sum' })).toThrow('compositeReward: there is no part');
    expect(() => compositeReward({ ...parts, more: tf.ones([2]) }, { combine: 'sum' })).toThrow("compositeReward: 'more' must have the shape of 'correct', [4], got [2]");
    expect(() => compositeReward(parts, { combine: 'sum', weights: { fromat: 1 } })).toThrow("compositeReward: there is no part 'fromat', only 'correct', 'format', 'brevity'");
  });
});

describe('implicitReward', () => {
  it('is the scaled log-ratio, of tokens or of the sequence', () => {
    const [logProb, reference] = [tf.tensor2d([[-1, -2, -Infinity]]), tf.tensor2d([[-2, -1.5, -Infinity]])];
    const mask = tf.tensor2d([[1, 1, 0]]);
    expectClose(implicitReward(logProb, reference, { beta: 0.5, level: 'token', mask }), [1, 3], [0.5, -0.25, 0]);
    expectClose(implicitReward(logProb, reference, { beta: 0.5, mask }), [1], [0.25]);
  });
});

describe('rejectionWeight', () => {
  it('keeps what is good enough, or the best', () => {
    const reward = tf.tensor2d([[0, 1, 1], [0.2, 0.1, 0]]);
    expectClose(rejectionWeight(reward, { keep: 'above', threshold: 1 }), [2, 3], [0, 1, 1, 0, 0, 0]);
    expectClose(rejectionWeight(reward, { keep: 'best' }), [2, 3], [0, 1, 0, 1, 0, 0]);
    expectClose(rejectionWeight(reward, { keep: 'best', threshold: 0.5 }), [2, 3], [0, 1, 0, 0, 0, 0]);
    expect(() => rejectionWeight(tf.ones([3]), { keep: 'best' })).toThrow('rejectionWeight: reward must be [Q, G], got [3]');
  });
});
