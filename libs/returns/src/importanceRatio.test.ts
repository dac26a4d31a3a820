import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { importanceRatio } from './importanceRatio.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function expectClose(actual: tf.Tensor, expected: number[][] | number[], tolerance = 1e-5): void {
  const flat = expected.flat();
  const values = actual.dataSync();
  expect(values.length).toBe(flat.length);
  flat.forEach((x, i) => expect(Math.abs(values[i] - x)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(x))));
}

const ln = (rows: number[][]) => tf.tensor2d(rows.map((row) => row.map(Math.log)));
// Ratios [2, 3, 0.5] with the last step masked, and [4, 0.25, 2].
const input = {
  logProb: ln([[0.4, 0.6, 0.1], [0.8, 0.1, 0.6]]),
  behaviourLogProb: ln([[0.2, 0.2, 0.2], [0.2, 0.4, 0.3]]),
  mask: tf.tensor2d([[1, 1, 0], [1, 1, 1]]),
};

describe('importanceRatio', () => {
  it('gives the numbers worked out by hand on every level', () => {
    expectClose(importanceRatio(input, { level: 'token' }), [2, 3, 1, 4, 0.25, 2]);
    expectClose(importanceRatio(input, { level: 'trajectory' }), [2, 6, 6, 4, 1, 2]);
    expectClose(importanceRatio(input, { level: 'sequence' }), [6, 2]);
    expectClose(importanceRatio(input, { level: 'geometric' }), [Math.sqrt(6), 2 ** (1 / 3)]);
  });

  it('truncates from above', () => {
    expectClose(importanceRatio(input, { level: 'token', truncate: 2.5 }), [2, 2.5, 1, 2.5, 0.25, 2]);
  });

  it('raises from below, and sets to 0 what is too far off, judged before it is truncated', () => {
    expectClose(importanceRatio(input, { level: 'token', floor: 0.5 }), [2, 3, 1, 4, 0.5, 2]);
    expectClose(importanceRatio(input, { level: 'token', reject: { below: 0.5, above: 3 }, truncate: 2.5, floor: 1.5 }), [2, 2.5, 1.5, 0, 0, 2]);
    expectClose(importanceRatio(input, { level: 'sequence', reject: { above: 5 } }), [0, 2]);
    expectClose(importanceRatio(input, { level: 'sequence', reject: { below: 5 } }), [6, 0]);
  });

  it('averages to 1 over what counts when it normalises itself', () => {
    // (2 + 3 + 4 + 1/4 + 2)/5 = 2.25 over tokens; (6 + 2)/2 over rows.
    expectClose(importanceRatio(input, { level: 'token', selfNormalize: true }), [2, 3, 1, 4, 0.25, 2].map((x) => x / 2.25));
    expectClose(importanceRatio(input, { level: 'sequence', selfNormalize: true }), [1.5, 0.5]);
    const emptyRow = { ...input, mask: tf.tensor2d([[1, 1, 0], [0, 0, 0]]) };
    expectClose(importanceRatio(emptyRow, { level: 'sequence', selfNormalize: true }), [1, 1 / 6]);
  });

  it('is 1 where masked, even when the log-probabilities there are infinite', () => {
    const padded = { ...input, logProb: tf.tensor2d([[0, 0, -Infinity], [0, 0, 0]]), behaviourLogProb: tf.zeros([2, 3]) };
    expectClose(importanceRatio(padded, { level: 'token' }), [1, 1, 1, 1, 1, 1]);
    expectClose(importanceRatio(padded, { level: 'sequence' }), [1, 1]);
  });

  it('lets no gradient flow', () => {
    const gradient = tf.grad((x) => x.add(importanceRatio({ ...input, logProb: x }, { level: 'token' })).sum())(input.logProb);
    expect(Array.from(gradient.dataSync())).toEqual(new Array(6).fill(1));
  });
});
