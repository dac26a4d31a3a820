import { tf } from '@rivulet/engine';
import { beforeAll, describe, it } from 'vitest';
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
});
