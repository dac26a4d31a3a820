import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { l2 } from './l2.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('l2', () => {
  it('is the sum of squares over a tree, with the gradient 2w', () => {
    const kernel = tf.tensor2d([[1, 2], [3, 0]]);
    expectClose(l2({ layer: { kernel, bias: tf.tensor1d([2]) } }), [], [18]);
    expectClose(tf.grad((w) => l2([w]))(kernel), [2, 2], [2, 4, 6, 0]);
    expect(() => l2({})).toThrow('l2: the tree holds no tensor');
  });
});
