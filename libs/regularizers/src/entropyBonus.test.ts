import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { entropyBonus } from './entropyBonus.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('entropyBonus', () => {
  const entropy = tf.tensor2d([[1, 2], [3, 4]]);

  it('passes, masks and weighs dimensions', () => {
    expectClose(entropyBonus(entropy), [2, 2], [1, 2, 3, 4]);
    expectClose(entropyBonus(entropy, { mask: tf.tensor2d([[1, 0], [0, 1]]) }), [2, 2], [1, 0, 0, 4]);
    expectClose(entropyBonus(entropy, { dimensionWeight: tf.tensor1d([1, 0.5]), mask: tf.tensor1d([1, 0]) }), [2], [2, 0]);
  });

  it('is computed from logits, over the last axis', () => {
    // Halves, quarters, and one that is certain.
    const logits = tf.tensor3d([[[0, 0, -Infinity, -Infinity], [1, 1, 1, 1]], [[0, -Infinity, -Infinity, -Infinity], [Math.log(3) + 5, 5, -Infinity, -Infinity]]]);
    const quarters = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
    expectClose(entropyBonus(logits, { of: 'logits' }), [2, 2], [Math.LN2, Math.log(4), 0, quarters]);
    expectClose(entropyBonus(logits, { of: 'logits', mask: tf.tensor2d([[1, 0], [1, 1]]) }), [2, 2], [Math.LN2, 0, 0, quarters]);
    expectGradient((x) => entropyBonus(x, { of: 'logits', mask: tf.tensor1d([1, 0]) }), tf.tensor2d([[0.5, -1, 2], [1, 0, -1]]));
    const gradient = tf.grad((x) => entropyBonus(x, { of: 'logits' }).sum())(logits);
    expect(Array.from(gradient.dataSync()).every(Number.isFinite)).toBe(true);
  });

  it('sends gradient to the entropy', () => {
    expectClose(tf.grad((x) => entropyBonus(x, { dimensionWeight: tf.tensor1d([1, 0.5]) }).sum())(entropy), [2, 2], [1, 0.5, 1, 0.5]);
    expect(entropyBonus(entropy).id).not.toBe(entropy.id);
  });
});
