import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { noiseProcess } from './noiseProcess.js';
import type { NoiseLaw } from './noiseProcess.js';
import { ornsteinUhlenbeck } from './ornsteinUhlenbeck.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const ou: NoiseLaw = { kind: 'ornsteinUhlenbeck', std: 0.5, theta: 0.2, dt: 0.1, mean: 0.1 };
const gaussian: NoiseLaw = { kind: 'gaussian', std: 0.5 };

describe('noiseProcess', () => {
  it('follows the formula step by step on the noise of its stream', () => {
    const process = noiseProcess(3, 2, ou, Rng.fromSeed(1));
    const rng = Rng.fromSeed(1);
    let state: tf.Tensor = tf.fill([3, 2], 0.1);
    for (let step = 0; step < 5; step++) {
      state = ornsteinUhlenbeck(state, rng.normal([3, 2]), { std: 0.5, theta: 0.2, dt: 0.1, mean: 0.1 });
      expectClose(tf.tensor2d(process.perturb(new Float32Array(6)), [3, 2]), [3, 2], Array.from(state.dataSync()));
    }
  });

  it('scales, and keeps within bounds for each dimension', () => {
    const plain = noiseProcess(2, 2, gaussian, Rng.fromSeed(2)).perturb(new Float32Array(4));
    const scaled = noiseProcess(2, 2, gaussian, Rng.fromSeed(2)).perturb(new Float32Array(4).fill(1), { scale: 2 });
    plain.forEach((x, i) => expect(scaled[i]).toBeCloseTo(1 + 2 * x, 6));
    const bounded = noiseProcess(50, 2, gaussian, Rng.fromSeed(2)).perturb(new Float32Array(100), { bounds: { low: [-0.1, -0.3], high: 0.2 } });
    expect(Math.min(...bounded)).toBe(Math.fround(-0.3));
    expect(Math.min(...bounded.filter((_, i) => i % 2 === 0))).toBe(Math.fround(-0.1));
    expect(Math.max(...bounded)).toBe(Math.fround(0.2));
  });

  it('is correlated in time, or not', () => {
    const correlation = (law: NoiseLaw) => {
      const process = noiseProcess(2000, 1, law, Rng.fromSeed(3));
      for (let i = 0; i < 100; i++) process.perturb(new Float32Array(2000));
      const [x, y] = [process.perturb(new Float32Array(2000)), process.perturb(new Float32Array(2000))];
      const mean = (values: Float32Array) => values.reduce((sum, v) => sum + v, 0) / values.length;
      const [mx, my] = [mean(x), mean(y)];
      const covariance = (a: Float32Array, ma: number, b: Float32Array, mb: number) => a.reduce((sum, v, i) => sum + (v - ma) * (b[i] - mb), 0);
      return covariance(x, mx, y, my) / Math.sqrt(covariance(x, mx, x, mx) * covariance(y, my, y, my));
    };
    expect(correlation(ou)).toBeGreaterThan(0.95);
    expect(Math.abs(correlation(gaussian))).toBeLessThan(0.09);
  });

  it('restarts the rows whose episodes ended', () => {
    const process = noiseProcess(2, 1, { kind: 'ornsteinUhlenbeck', std: 1, mean: 2 }, Rng.fromSeed(4));
    const before = process.perturb(new Float32Array(2));
    expect(before[1]).not.toBe(2);
    process.reset([0, 1]);
    const snapshot = process.snapshot() as { arrays: { [path: string]: { data: ArrayLike<number> } } };
    expect(Array.from(snapshot.arrays['noise/state'].data)).toEqual([before[0], 2]);
    process.reset();
    expect(Array.from((process.snapshot() as typeof snapshot).arrays['noise/state'].data)).toEqual([2, 2]);
  });

  it('continues bit for bit from a snapshot, which later steps do not change', async () => {
    for (const law of [ou, gaussian]) {
      const process = noiseProcess(3, 1, law, Rng.fromSeed(5));
      for (let i = 0; i < 7; i++) process.perturb(new Float32Array(3));
      const snapshot = await process.snapshot();
      const expected = Array.from({ length: 4 }, () => Array.from(process.perturb(new Float32Array(3))));
      const other = noiseProcess(3, 1, law, Rng.fromSeed(99));
      await other.restore(snapshot);
      expect(Array.from({ length: 4 }, () => Array.from(other.perturb(new Float32Array(3))))).toEqual(expected);
    }
  });

  it('says what does not fit', async () => {
    const process = noiseProcess(3, 1, ou, Rng.fromSeed(5));
    expect(() => process.perturb(new Float32Array(2))).toThrow('noiseProcess: actions must hold 3 x 1 numbers, got 2');
    const snapshot = await noiseProcess(2, 1, ou, Rng.fromSeed(5)).snapshot();
    expect(() => process.restore(snapshot)).toThrow("noiseProcess: the snapshot's 'noise/state' must be float32 [3, 1], got float32 [2, 1]");
    expect(() => noiseProcess(0, 1, ou, Rng.fromSeed(5))).toThrow('rows and size must be positive integers, got 0 and 1');
  });
});
