import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { cispoLoss } from './cispoLoss.js';
import { ppoClipLoss } from './ppoClipLoss.js';
import { policyGradientLoss } from './policyGradientLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

// Ratios 1/2, 1, 3.
const logProb = tf.tensor1d([-1, -2, -0.5]);
const oldLogProb = logProb.sub(tf.tensor1d([0.5, 1, 3].map(Math.log)));
const advantage = tf.tensor1d([1, -1, 2]);

describe('cispoLoss', () => {
  it('gives the numbers worked out by hand: weights 1/2, 1 and 2', () => {
    expectClose(cispoLoss({ logProb, oldLogProb, advantage }, { max: 2 }), [3], [0.5, -2, 2]);
    expectClose(cispoLoss({ logProb, oldLogProb, advantage }, { max: 2, min: 0.8 }), [3], [0.8, -2, 2]);
    expectClose(cispoLoss({ logProb, oldLogProb, advantage }, { max: 2, weight: tf.tensor1d([1, 2, 3]) }), [3], [0.5, -4, 6]);
  });

  it('has the gradient −w·A everywhere, where the clipped surrogate has none', () => {
    expectClose(tf.grad((x) => cispoLoss({ logProb: x, oldLogProb, advantage }, { max: 2 }).sum())(logProb), [3], [-0.5, 1, -4]);
    expectClose(tf.grad((x) => ppoClipLoss({ logProb: x, oldLogProb, advantage }, { clipHigh: 1 }).sum())(logProb), [3], [-0.5, 1, 0]);
    // With the weight clipped to 1 it is the score-function loss, whose value can be differenced.
    expectGradient((x) => cispoLoss({ logProb: x, oldLogProb, advantage }, { max: 1, min: 1 }), logProb);
    expectClose(cispoLoss({ logProb, oldLogProb, advantage }, { max: 1, min: 1 }), [3], Array.from(policyGradientLoss(logProb, advantage).dataSync()));
  });

  it('joins the ratios of a row', () => {
    const rows = { logProb: tf.tensor2d([[-1, -2, -9]]), oldLogProb: tf.tensor2d([[-1 - Math.log(2), -2 - Math.log(4.5), 0]]), advantage: tf.tensor1d([2]) };
    const mask = tf.tensor2d([[1, 1, 0]]);
    expectClose(cispoLoss(rows, { max: 5, level: 'sequence', mask }), [1, 3], [10, 20, 0]);
    expectClose(cispoLoss(rows, { max: 5, level: 'geometric', mask }), [1, 3], [6, 12, 0]);
    expectClose(cispoLoss(rows, { max: 5, mask, weight: tf.tensor1d([0.5]) }), [1, 3], [2, 9, 0]);
  });

  it('gives 0 where masked, also for infinite log-probabilities, and lets no gradient into constants', () => {
    const padded = { logProb: tf.tensor2d([[-1, -Infinity]]), oldLogProb: tf.tensor2d([[-1, -Infinity]]), advantage: tf.tensor1d([1]) };
    const mask = tf.tensor2d([[1, 0]]);
    expectClose(cispoLoss(padded, { max: 2, mask }), [1, 2], [1, 0]);
    expectClose(tf.grad((x) => cispoLoss({ ...padded, logProb: x }, { max: 2, mask }).sum())(padded.logProb), [1, 2], [-1, 0]);
    expectClose(tf.grad((x) => cispoLoss({ logProb, oldLogProb: x, advantage: x }, { max: 2 }).add(x).sum())(oldLogProb), [3], [1, 1, 1]);
    expect(() => cispoLoss(padded, { max: 1, min: 2 })).toThrow('cispoLoss: min must not exceed max 1, got 2');
  });
});
