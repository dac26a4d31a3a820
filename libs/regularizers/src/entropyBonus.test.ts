import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
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

  it('sends gradient to the entropy', () => {
    expectClose(tf.grad((x) => entropyBonus(x, { dimensionWeight: tf.tensor1d([1, 0.5]) }).sum())(entropy), [2, 2], [1, 0.5, 1, 0.5]);
    expect(entropyBonus(entropy).id).not.toBe(entropy.id);
  });
});
