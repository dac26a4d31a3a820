import { ndarray, Rng, tf, toTensor } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { epsilonGreedy } from './epsilonGreedy.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const q = tf.tensor2d([[1, 3, 2], [5, 4, 9], [7, 1, 0]]);

describe('epsilonGreedy', () => {
  it('gives the actions worked out by hand', () => {
    const noise = tf.tensor2d([[0.5, 0.9], [0.05, 0.34], [0.1, 0.999]]);
    // ε = 0.1: only the second row explores, 0.34·3 → action 1
    expectClose(epsilonGreedy(q, 0.1, noise), [3], [1, 1, 0]);
    // ε of each row
    expectClose(epsilonGreedy(q, tf.tensor1d([1, 0, 0.2]), noise), [3], [2, 2, 2]);
    // Allowed {0, 2}, {0}, {1, 2}: 0.9·2 → the second; 0.34·1 → the first; 0.999·2 → the second
    const mask = tf.tensor2d([[1, 0, 1], [1, 0, 0], [0, 1, 1]]);
    expectClose(epsilonGreedy(q, 1, noise, { mask }), [3], [2, 0, 2]);
    expectClose(epsilonGreedy(q, 0, noise, { mask }), [3], [2, 0, 1]);
    expect(epsilonGreedy(q, 0, noise).dtype).toBe('int32');
  });

  it('chooses the same actions from one stream on the host and on tensors', () => {
    const [rows, actions] = [500, 5];
    const rng = Rng.fromSeed(3);
    const values = ndarray('float32', [rows, actions], rng.fillNormal(new Float32Array(rows * actions)));
    const mask = ndarray('uint8', [rows, actions], Uint8Array.from({ length: rows * actions }, (_, i) => (i % actions === 0 || rng.nextUniform() < 0.5 ? 1 : 0)));
    for (const epsilon of [0, 0.3, 1]) {
      const host = epsilonGreedy(values, epsilon, Rng.fromSeed(4), { mask });
      const tensor = epsilonGreedy(toTensor(values), epsilon, Rng.fromSeed(4), { mask: toTensor(mask) });
      expect(Array.from(host.data)).toEqual(Array.from(tensor.dataSync()));
      host.data.forEach((a, row) => expect(mask.data[row * actions + a]).toBe(1));
    }
  });

  it('explores as often as ε says, all actions alike', () => {
    const n = 20000;
    const values = ndarray('float32', [n, 4], Float32Array.from({ length: 4 * n }, (_, i) => (i % 4 === 2 ? 1 : 0)));
    const counts = [0, 0, 0, 0];
    epsilonGreedy(values, 0.4, Rng.fromSeed(5)).data.forEach((a) => counts[a]++);
    // 0.1 each, 0.7 for the greedy one; four standard errors
    [0.1, 0.1, 0.7, 0.1].forEach((p, a) => expect(Math.abs(counts[a] / n - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n)));
  });

  it('says what does not fit, and leaks nothing', () => {
    const before = tf.memory().numTensors;
    epsilonGreedy(q, 0.5, Rng.fromSeed(1)).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(() => epsilonGreedy(q, 0.5, tf.zeros([3, 3]))).toThrow('epsilonGreedy: noise must be [3, 2], got [3, 3]');
    expect(() => epsilonGreedy(tf.zeros([3]), 0.5, Rng.fromSeed(1))).toThrow('epsilonGreedy: q must be [B, A], got [3]');
    expect(() => epsilonGreedy(ndarray('float32', [1, 2]), 0, Rng.fromSeed(1), { mask: ndarray('uint8', [1, 2]) })).toThrow('epsilonGreedy: row 0 allows no action');
  });
});
