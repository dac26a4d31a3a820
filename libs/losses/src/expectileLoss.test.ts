import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { expectileLoss } from './expectileLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const error = tf.tensor1d([2, -2, 0]);

describe('expectileLoss', () => {
  it('gives the numbers worked out by hand', () => {
    expectClose(expectileLoss(error, { expectile: 0.9 }), [3], [3.6, 0.4, 0]);
    expectClose(expectileLoss(error, { expectile: 0.5, weight: tf.tensor1d([1, 3, 1]) }), [3], [2, 6, 0]);
  });

  it('has the gradient of its definition', () => {
    expectGradient((x) => expectileLoss(x, { expectile: 0.8 }), tf.tensor1d([2, -2, 0.5]));
  });

  it('is smallest at the expectile of the data', () => {
    // Of {0, 1} the 0.9 expectile m solves 0.9·(1 − m) = 0.1·m: m = 0.9.
    const at = (m: number) => expectileLoss(tf.tensor1d([0 - m, 1 - m]), { expectile: 0.9 }).sum().dataSync()[0];
    expect(at(0.9)).toBeLessThan(at(0.85));
    expect(at(0.9)).toBeLessThan(at(0.95));
    expectClose(tf.grad((m) => expectileLoss(tf.tensor1d([0, 1]).sub(m), { expectile: 0.9 }).sum())(tf.scalar(0.9)), [], [0]);
  });

  it('refuses expectiles outside (0, 1)', () => {
    expect(() => expectileLoss(error, { expectile: 1 })).toThrow('expectileLoss: expectile must lie inside (0, 1), got 1');
  });
});
