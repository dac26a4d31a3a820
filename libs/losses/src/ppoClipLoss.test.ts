import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { ppoClipLoss } from './ppoClipLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const ln = (x: number[]) => tf.tensor1d(x.map(Math.log));
const oldLogProb = tf.zeros([6]);
const ratios = [0.5, 0.9, 1.5, 0.5, 1.1, 1.5];
const logProb = ln(ratios);
const advantage = tf.tensor1d([1, 2, 1, -1, -2, -1]);
const both = { clipLow: 0.2, clipHigh: 0.3 };

describe('ppoClipLoss', () => {
  it('gives the numbers worked out by hand on both sides and for both signs', () => {
    expectClose(ppoClipLoss({ logProb, oldLogProb, advantage }, both), [6], [-0.5, -1.8, -1.3, 0.8, 2.2, 1.5]);
  });

  it('is the plain surrogate without clips, and clips each side alone', () => {
    expectClose(ppoClipLoss({ logProb, oldLogProb, advantage }), [6], [-0.5, -1.8, -1.5, 0.5, 2.2, 1.5]);
    expectClose(ppoClipLoss({ logProb, oldLogProb, advantage }, { clipHigh: 0.3 }), [6], [-0.5, -1.8, -1.3, 0.5, 2.2, 1.5]);
    expectClose(ppoClipLoss({ logProb, oldLogProb, advantage }, { clipLow: 0.2 }), [6], [-0.5, -1.8, -1.5, 0.8, 2.2, 1.5]);
  });

  it('takes a clip for each element', () => {
    const clipHigh = tf.tensor1d([0, 0, 0.1, 0, 0, 0]);
    expectClose(ppoClipLoss({ logProb, oldLogProb, advantage }, { clipHigh }), [6], [-0.5, -1.8, -1.1, 0.5, 2.2, 1.5]);
  });

  it('bounds negative advantages by the dual clip', () => {
    const input = { logProb: ln([2, 5, 5]), oldLogProb: tf.zeros([3]), advantage: tf.tensor1d([-1, -1, 1]) };
    expectClose(ppoClipLoss(input, { ...both, dualClip: 3 }), [3], [2, 3, -1.3]);
    expect(() => ppoClipLoss(input, { dualClip: 1 })).toThrow('ppoClipLoss: dualClip must be above 1, got 1');
  });

  it('has the gradient −r·A where the clip is inactive, and none where it is active', () => {
    const gradient = tf.grad((x) => ppoClipLoss({ logProb: x, oldLogProb, advantage }, both).sum())(logProb);
    expectClose(gradient, [6], [-0.5, -1.8, 0, 0, 2.2, 1.5]);
    expectGradient((x) => ppoClipLoss({ logProb: x, oldLogProb, advantage }, { ...both, dualClip: 1.4 }), logProb);
    // At the first step of an epoch all ratios are 1: the gradient is that of −A·log π.
    expectClose(tf.grad((x) => ppoClipLoss({ logProb: x, oldLogProb, advantage }, both).sum())(oldLogProb), [6], [-1, -2, -1, 1, 2, 1]);
  });

  it('joins the ratios of a row on the levels sequence and geometric, over what counts', () => {
    const rows = { logProb: ln([2, 2, 3]).reshape([1, 3]), oldLogProb: tf.zeros([1, 3]), advantage: tf.tensor1d([-1]) };
    expectClose(ppoClipLoss(rows, { level: 'sequence' }), [1], [12]);
    expectClose(ppoClipLoss(rows, { level: 'geometric' }), [1], [12 ** (1 / 3)]);
    const mask = tf.tensor2d([[1, 1, 0]]);
    expectClose(ppoClipLoss(rows, { level: 'sequence', mask }), [1], [4]);
    expectClose(ppoClipLoss(rows, { level: 'geometric', mask }), [1], [2]);
    for (const level of ['sequence', 'geometric'] as const) {
      expectGradient((x) => ppoClipLoss({ ...rows, logProb: x }, { level, mask }), rows.logProb, 5e-3);
    }
  });

  it("joins the ratios of a row in value alone on the level 'geometricToken'", () => {
    const rows = { logProb: ln([2, 2, 3, 1, 4, 0.5]).reshape([2, 3]), oldLogProb: tf.zeros([2, 3]), advantage: tf.tensor1d([-1, 2]) };
    const mask = tf.tensor2d([[1, 1, 0], [1, 1, 1]]);
    // Geometric means 2 and 2^(1/3).
    expectClose(ppoClipLoss(rows, { level: 'geometricToken', mask }), [2, 3], [2, 2, 0, -2 * 2 ** (1 / 3), -2 * 2 ** (1 / 3), -2 * 2 ** (1 / 3)]);
    const advantage = tf.tensor2d([[1, -1, 5], [1, 0, 3]]);
    expectClose(ppoClipLoss({ ...rows, advantage }, { level: 'geometricToken', clipHigh: 0.5, mask }), [2, 3], [-1.5, 2, 0, -(2 ** (1 / 3)), 0, -3 * 2 ** (1 / 3)]);
    expectClose(tf.grad((x) => ppoClipLoss({ ...rows, advantage, logProb: x }, { level: 'geometricToken', clipHigh: 0.5, mask }).sum())(rows.logProb), [2, 3], [0, 2, 0, -(2 ** (1 / 3)), 0, -3 * 2 ** (1 / 3)]);
  });

  it("is 'geometric' in value and gradient as the mean of 'geometricToken' over the tokens of a row", () => {
    const rows = { oldLogProb: tf.zeros([2, 3]), advantage: tf.tensor1d([-1, 2]) };
    const start = ln([2, 1.1, 3, 1, 1.5, 0.5]).reshape([2, 3]);
    const mask = tf.tensor2d([[1, 1, 0], [1, 1, 1]]);
    const clips = { clipLow: 0.2, clipHigh: 0.2, mask };
    const rowsLoss = (x: tf.Tensor) => ppoClipLoss({ ...rows, logProb: x }, { ...clips, level: 'geometric' });
    const tokensLoss = (x: tf.Tensor) => ppoClipLoss({ ...rows, logProb: x }, { ...clips, level: 'geometricToken' }).sum(1).div(mask.sum(1));
    expectClose(tokensLoss(start), [2], Array.from(rowsLoss(start).dataSync()));
    expectClose(tf.grad((x) => tokensLoss(x).sum())(start), [2, 3], Array.from(tf.grad((x) => rowsLoss(x).sum())(start).dataSync()));
  });

  it('multiplies by weights, of elements or rows, without gradient', () => {
    const weight = tf.tensor1d([1, 2, 0.5, 0, 1, 3]);
    expectClose(ppoClipLoss({ logProb, oldLogProb, advantage }, { ...both, weight }), [6], [-0.5, -3.6, -0.65, 0, 2.2, 4.5]);
    const rows = { logProb: ln([2, 2, 3, 1]).reshape([2, 2]), oldLogProb: tf.zeros([2, 2]), advantage: tf.tensor1d([-1, 1]) };
    expectClose(ppoClipLoss(rows, { weight: tf.tensor1d([2, 0.5]) }), [2, 2], [4, 4, -1.5, -0.5]);
    expectClose(ppoClipLoss(rows, { level: 'sequence', weight: tf.tensor1d([2, 0.5]) }), [2], [8, -1.5]);
    expectClose(tf.grad((x) => ppoClipLoss({ logProb, oldLogProb, advantage }, { weight: x }).add(x).sum())(weight), [6], [1, 1, 1, 1, 1, 1]);
    expect(() => ppoClipLoss(rows, { level: 'sequence', weight: tf.ones([2, 2]) })).toThrow('ppoClipLoss: weight [2, 2] does not fit ratios [2]');
  });

  it('spreads an advantage [B] over the tokens, and gives 0 where masked even for infinite log-probabilities', () => {
    const rows = { logProb: tf.tensor2d([[0, -Infinity], [0, 0]]), oldLogProb: tf.tensor2d([[0, -Infinity], [0, 0]]), advantage: tf.tensor1d([2, -3]) };
    expectClose(ppoClipLoss(rows, { ...both, mask: tf.tensor2d([[1, 0], [1, 1]]) }), [2, 2], [-2, 0, 3, 3]);
    expect(() => ppoClipLoss({ ...rows, advantage: tf.zeros([2, 2]) }, { level: 'sequence' })).toThrow('ppoClipLoss: advantage [2, 2] does not fit ratios [2]');
  });

  it('lets no gradient into the old log-probabilities and the advantages', () => {
    const gradient = tf.grad((x) => ppoClipLoss({ logProb, oldLogProb: x, advantage: x }, both).add(x).sum())(tf.zeros([6]));
    expectClose(gradient, [6], [1, 1, 1, 1, 1, 1]);
  });

  it('leaks nothing', () => {
    const before = tf.memory().numTensors;
    ppoClipLoss({ logProb, oldLogProb, advantage }, { ...both, dualClip: 3, mask: advantage }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
