import { tf } from '@rivulet/engine';
import { beforeAll, describe, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { countBonus } from './countBonus.js';
import { ellipticalBonus } from './ellipticalBonus.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('countBonus', () => {
  const count = tf.tensor1d([0, 1, 4, 9], 'int32');
  const log = Math.log(2 / 0.1);

  it('gives the numbers worked out by hand', () => {
    expectClose(countBonus(count, { form: 'sqrt', scale: 6 }), [4], [6, 6, 3, 2]);
    expectClose(countBonus(count, { form: 'sqrt', scale: 6, sign: -1 }), [4], [-6, -6, -3, -2]);
    const one = 10 * Math.sqrt(log / 2);
    expectClose(countBonus(count, { form: 'hoeffding', scale: 1, delta: 0.1, range: 10 }), [4], [one, one, one / 2, one / 3]);
    const variance = tf.tensor1d([0.2, 0.2, 0.2, 0]);
    const bernstein = (n: number, v: number) => Math.sqrt((2 * v * log) / n) + (7 * log) / (3 * (n - 1));
    expectClose(countBonus(count, { form: 'bernstein', scale: 2, delta: 0.1, variance }), [4], [bernstein(2, 0.2), bernstein(2, 0.2), bernstein(4, 0.2), bernstein(9, 0)].map((x) => 2 * x));
  });
});

describe('ellipticalBonus', () => {
  it('gives the numbers worked out by hand', () => {
    const features = tf.tensor2d([[1, 2], [3, 0], [0, 0]]);
    const inverse = tf.tensor2d([[2, 0.5], [0.5, 1]]);
    // 2 + 2·0.5·2 + 4 = 8, 18
    expectClose(ellipticalBonus(features, inverse, { beta: 0.5 }), [3], [0.5 * Math.sqrt(8), 0.5 * Math.sqrt(18), 0]);
    expectClose(ellipticalBonus(features, inverse, { beta: 0.5, sign: -1 }), [3], [-0.5 * Math.sqrt(8), -0.5 * Math.sqrt(18), 0]);
  });

  it('is the count bonus 1/√(n + λ) for one-hot features', () => {
    const visits = [0, 3, 8];
    const inverse = tf.tensor2d(visits.map((n, i) => visits.map((_, j) => (i === j ? 1 / (n + 1) : 0))));
    expectClose(ellipticalBonus(tf.eye(3), inverse, { beta: 1 }), [3], [1, 0.5, 1 / 3]);
  });
});
