import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { boltzmannAction } from './boltzmannAction.js';
import { boltzmannPolicy } from './boltzmannPolicy.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('boltzmannPolicy', () => {
  it('is the softmax of the scaled values', () => {
    const q = tf.tensor2d([[0, 2 * Math.log(3)]]);
    expectClose(boltzmannPolicy(q, 2), [1, 2], [0.25, 0.75]);
    expectClose(boltzmannPolicy(q, tf.scalar(1)), [1, 2], [0.1, 0.9]);
    expectClose(boltzmannPolicy(q, 1e-3), [1, 2], [0, 1]);
  });
});

describe('boltzmannAction', () => {
  it('draws with the probabilities of the policy, the same for the same noise', () => {
    const n = 10000;
    const q = tf.tile(tf.tensor2d([[0, 2 * Math.log(3)]]), [n, 1]);
    const share = boltzmannAction(q, 2, Rng.fromSeed(7)).toFloat().mean().dataSync()[0];
    expect(Math.abs(share - 0.75)).toBeLessThan(4 * Math.sqrt((0.75 * 0.25) / n));
    expectClose(boltzmannAction(tf.tensor2d([[1, 2], [1, 2]]), 1, tf.tensor2d([[3, 1], [0, 0]])), [2], [0, 1]);
  });
});
