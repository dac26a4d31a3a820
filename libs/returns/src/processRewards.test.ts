import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { logMeanExpValue } from './logMeanExpValue.js';
import { processAdvantage } from './processAdvantage.js';
import { processRewardShaping } from './processRewardShaping.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('processAdvantage', () => {
  // One prompt, two answers: steps end at tokens 1 and 3, and at token 2; what lies elsewhere is not read.
  const reward = tf.tensor3d([[[9, 1, 9, 0], [9, 9, 2, 9]]]);
  const stepEnd = tf.tensor3d([[[0, 1, 0, 1], [0, 0, 1, 0]]]);

  it('gives each token the normalised rewards of its own and the later steps', () => {
    // Rewards 1, 0, 2: mean 1, deviation 1.
    expectClose(processAdvantage(reward, stepEnd), [1, 2, 4], [-1, -1, -1, -1, 1, 1, 1, 0]);
    expectClose(processAdvantage(reward, stepEnd, { scale: 'none', center: 'none' }), [1, 2, 4], [1, 1, 0, 0, 2, 2, 2, 0]);
  });

  it('normalises each prompt by itself', () => {
    const two = processAdvantage(tf.concat([reward, reward.mul(3).add(1)]), tf.concat([stepEnd, stepEnd]));
    expectClose(two, [2, 2, 4], [-1, -1, -1, -1, 1, 1, 1, 0, -1, -1, -1, -1, 1, 1, 1, 0]);
    expect(() => processAdvantage(tf.ones([2, 3]), tf.ones([2, 3]))).toThrow('processAdvantage: reward must be [Q, G, T], got [2, 3]');
  });
});

describe('logMeanExpValue', () => {
  it('goes from the minimum over the mean to the maximum', () => {
    const outcome = tf.tensor2d([[1, 0, 0, 1], [0, 0, 0, 0]]);
    expectClose(logMeanExpValue(outcome, 0), [2], [0.5, 0]);
    expectClose(logMeanExpValue(outcome, Infinity), [2], [1, 0]);
    expectClose(logMeanExpValue(outcome, -Infinity), [2], [0, 0]);
    // (1/η)·log(1 − p + p·e^η) with p = 1/2
    for (const eta of [-3, 0.5, 2]) expectClose(logMeanExpValue(outcome, eta), [2], [Math.log(0.5 + 0.5 * Math.exp(eta)) / eta, 0]);
    expectClose(logMeanExpValue(tf.tensor3d([[[1, 1], [1, 0]]]), 200), [1, 2], [1, 1 - Math.LN2 / 200]);
  });

  it('is consistent: the value of a step is that of the values of its continuations', () => {
    const outcome = tf.tensor3d([[[1, 0, 1], [0, 0, 1]]]);
    for (const eta of [-1, 0, 2, Infinity]) {
      expectClose(logMeanExpValue(logMeanExpValue(outcome, eta), eta), [1], Array.from(logMeanExpValue(outcome.reshape([1, 6]), eta).dataSync()));
    }
  });
});

describe('processRewardShaping', () => {
  const score = tf.tensor2d([[0.9, 0.2, 0.6, 0.8], [0.5, 0.7, NaN, NaN], [0.4, NaN, NaN, NaN]]);
  const mask = tf.tensor2d([[1, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]]);

  it('clips: good steps earn nothing, bad ones pay', () => {
    expectClose(processRewardShaping(score, mask, { clip: 0.5 }), [3, 4], [0, -0.3, 0, 0, 0, 0, 0, 0, -0.1, 0, 0, 0]);
  });

  it('takes differences, whose sums from a step on are its score', () => {
    const shaped = processRewardShaping(score, mask, { delta: true });
    expectClose(shaped, [3, 4], [0.7, -0.4, 0.6, 0, 0.5, 0, 0, 0, 0, 0, 0, 0]);
    expectClose(shaped.cumsum(1, false, true), [3, 4], [0.9, 0.2, 0.6, 0, 0.5, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('clips before it takes differences', () => {
    expectClose(processRewardShaping(score, mask, { clip: 0.5, delta: true }), [3, 4], [0.3, -0.3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });
});
