import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { tokenMask } from './tokenMask.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('tokenMask', () => {
  const roles = tf.tensor2d([[0, 1, 2, 1], [0, 1, 1, 0]], [2, 4], 'int32');

  it('multiplies all conditions', () => {
    expectClose(tokenMask([2, 4], {}), [2, 4], [1, 1, 1, 1, 1, 1, 1, 1]);
    expectClose(tokenMask([2, 4], { roles: { of: roles, keep: [1] } }), [2, 4], [0, 1, 0, 1, 0, 1, 1, 0]);
    expectClose(tokenMask([2, 4], { roles: { of: roles, keep: [1, 2] }, truncated: tf.tensor1d([0, 1]) }), [2, 4], [0, 1, 1, 1, 0, 0, 0, 0]);
    expectClose(tokenMask([2, 4], { length: tf.tensor1d([3, 1], 'int32') }), [2, 4], [1, 1, 1, 0, 1, 0, 0, 0]);
    expectClose(tokenMask([2, 4], { roles: { of: roles, keep: [] } }), [2, 4], [0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('keeps the tokens with the highest scores among those that count', () => {
    const of = tf.tensor2d([[5, 1, 4, NaN], [2, 3, 0, Infinity]]);
    const length = tf.tensor1d([3, 3], 'int32');
    // 0 1 2 3 4 5: the median is 2.5, the quantile 0.9 is 4.5, of each response the medians are 4 and 2.
    expectClose(tokenMask([2, 4], { length, score: { of, quantile: 0.5 } }), [2, 4], [1, 0, 1, 0, 0, 1, 0, 0]);
    expectClose(tokenMask([2, 4], { length, score: { of, quantile: 0.9 } }), [2, 4], [1, 0, 0, 0, 0, 0, 0, 0]);
    expectClose(tokenMask([2, 4], { length, score: { of, quantile: 0.5, per: 'response' } }), [2, 4], [1, 0, 1, 0, 1, 1, 0, 0]);
    expectClose(tokenMask([2, 4], { length, score: { of, quantile: 0 } }), [2, 4], [1, 1, 1, 0, 1, 1, 1, 0]);
    expectClose(tokenMask([2, 4], { length, score: { of, quantile: 1 } }), [2, 4], [1, 0, 0, 0, 0, 0, 0, 0]);
    expectClose(tokenMask([2, 4], { length: tf.zeros([2]), score: { of, quantile: 0.5, per: 'response' } }), [2, 4], [0, 0, 0, 0, 0, 0, 0, 0]);
    expect(() => tokenMask([2, 4], { score: { of, quantile: 80 } })).toThrow('tokenMask: quantile must be from 0 to 1, got 80');
  });

  it('keeps all of several that share the quantile', () => {
    expectClose(tokenMask([1, 5], { score: { of: tf.tensor2d([[1, 2, 2, 2, 0]]), quantile: 0.8 } }), [1, 5], [0, 1, 1, 1, 0]);
  });
});
