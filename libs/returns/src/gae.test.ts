import { ndarray, Rng, tf, toTensor } from '@rivulet/engine';
import type { NdArray } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { gae } from './gae.js';
import type { ValuedSteps } from './valuedSteps.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const floats = (shape: number[], data: number[]): NdArray => ndarray('float32', shape, Float32Array.from(data));
const flags = (shape: number[], data: number[]): NdArray => ndarray('uint8', shape, Uint8Array.from(data));

function randomSteps(rows: number, length: number, seed: number): ValuedSteps<NdArray> {
  const rng = Rng.fromSeed(seed);
  const shape = [rows, length];
  const draw = () => ndarray('float32', shape, rng.fillNormal(new Float32Array(rows * length)));
  const ends = (p: number) => ndarray('uint8', shape, Uint8Array.from({ length: rows * length }, () => (rng.nextUniform() < p ? 1 : 0)));
  return { reward: draw(), value: draw(), nextValue: draw(), terminated: ends(0.1), truncated: ends(0.1) };
}

function tensors(steps: ValuedSteps<NdArray>): ValuedSteps<tf.Tensor> {
  const { reward, value, nextValue, terminated, truncated } = steps;
  return { reward: toTensor(reward), value: toTensor(value), nextValue: toTensor(nextValue), terminated: toTensor(terminated), truncated: toTensor(truncated) };
}

/** The definition as a double sum, in float64: every δ of the same episode, discounted. */
function naive(steps: ValuedSteps<NdArray>, discount: number, lambda: number): number[] {
  const [rows, length] = steps.reward.shape;
  const at = (x: NdArray, b: number, t: number) => x.data[b * length + t];
  const advantage: number[] = [];
  for (let b = 0; b < rows; b++) {
    for (let t = 0; t < length; t++) {
      let sum = 0;
      for (let k = t; k < length; k++) {
        const delta = at(steps.reward, b, k) + discount * (1 - at(steps.terminated, b, k)) * at(steps.nextValue, b, k) - at(steps.value, b, k);
        sum += (discount * lambda) ** (k - t) * delta;
        if (at(steps.terminated, b, k) === 1 || at(steps.truncated, b, k) === 1) break;
      }
      advantage.push(sum);
    }
  }
  return advantage;
}

const shape = [1, 5];
// Terminated at step 1, truncated at step 3: the values after the ends are those of the true final observations (9 is ignored, 4 is used).
const byHand: ValuedSteps<NdArray> = {
  reward: floats(shape, [1, 2, 3, 4, 5]),
  value: floats(shape, [1, 1, 2, 2, 3]),
  nextValue: floats(shape, [1, 9, 2, 4, 6]),
  terminated: flags(shape, [0, 1, 0, 0, 0]),
  truncated: flags(shape, [0, 0, 0, 1, 0]),
};

describe('gae', () => {
  it('gives the numbers worked out by hand with a termination and a truncation inside', () => {
    // γ = 0.5, λ = 0.5. δ = [1 + 0.5·1 − 1, 2 − 1, 3 + 0.5·2 − 2, 4 + 0.5·4 − 2, 5 + 0.5·6 − 3] = [0.5, 1, 2, 4, 5]
    // A₁ = 1, A₀ = 0.5 + 0.25·1; A₃ = 4, A₂ = 2 + 0.25·4; A₄ = 5
    const { advantage, returns } = gae(byHand, { discount: 0.5, lambda: 0.5 });
    expect(Array.from(advantage.data)).toEqual([0.75, 1, 3, 4, 5]);
    expect(Array.from(returns.data)).toEqual([1.75, 2, 5, 6, 8]);
    const onTensors = gae(tensors(byHand), { discount: 0.5, lambda: 0.5 });
    expect(Array.from(onTensors.advantage.dataSync())).toEqual([0.75, 1, 3, 4, 5]);
    expect(Array.from(onTensors.returns.dataSync())).toEqual([1.75, 2, 5, 6, 8]);
  });

  it('equals the golden values of rlax (multistep_test.py, TruncatedGeneralizedAdvantageEstimationTest)', () => {
    const reward = floats([1, 5], [0, 0, 1, 0, -0.5]);
    const value = floats([1, 5], [1, 4, -3, -2, -1]);
    const nextValue = floats([1, 5], [4, -3, -2, -1, -1]);
    const none = flags([1, 5], [0, 0, 0, 0, 0]);
    for (const [lambda, expected] of [
      [1, [-1.45118, -4.4557, 2.5396, 0.5249, -0.49]],
      [0.7, [-0.676979, -5.248167, 2.4846, 0.6704, -0.49]],
      [0.4, [0.56731, -6.042, 2.3431, 0.815, -0.49]],
    ] as const) {
      const { advantage } = gae({ reward, value, nextValue, terminated: none, truncated: none }, { discount: 0.99, lambda });
      expected.forEach((x, t) => expect(Math.abs(advantage.data[t] - x)).toBeLessThan(1e-3));
    }
    // Their second row: discount 0.9 with a termination at step 3.
    const { advantage } = gae(
      {
        reward: floats([1, 5], [0, 0, 0, 0, 1]),
        value: floats([1, 5], [-3, -2, -1, 0, 5]),
        nextValue: floats([1, 5], [-2, -1, 0, 5, -1]),
        terminated: flags([1, 5], [0, 0, 0, 1, 0]),
        truncated: none,
      },
      { discount: 0.9, lambda: 0.7 },
    );
    [2.2899, 1.73, 1, 0, -4.9].forEach((x, t) => expect(Math.abs(advantage.data[t] - x)).toBeLessThan(1e-4));
  });

  it('is equal on the host, on tensors and to the definition as a double sum', () => {
    for (const [rows, length] of [[1, 1], [3, 2], [4, 7], [5, 33]]) {
      const steps = randomSteps(rows, length, 10 * rows + length);
      const expected = naive(steps, 0.97, 0.9);
      const host = gae(steps, { discount: 0.97, lambda: 0.9 }).advantage.data;
      const tensor = gae(tensors(steps), { discount: 0.97, lambda: 0.9 }).advantage.dataSync();
      expected.forEach((x, i) => {
        expect(Math.abs(host[i] - x)).toBeLessThan(1e-5);
        expect(Math.abs(tensor[i] - x)).toBeLessThan(1e-5);
      });
    }
  });

  it('is the TD error at lambda 0 and the Monte-Carlo return minus the value at lambda 1', () => {
    const td = gae(byHand, { discount: 0.5, lambda: 0 }).advantage.data;
    expect(Array.from(td)).toEqual([0.5, 1, 2, 4, 5]);
    // Returns by hand: 1 + 0.5·2, 2, 3 + 0.5·(4 + 0.5·4), 4 + 0.5·4, 5 + 0.5·6
    const mc = gae(byHand, { discount: 0.5, lambda: 1 });
    expect(Array.from(mc.returns.data)).toEqual([2, 2, 6, 6, 8]);
  });

  it('ignores the next value of a terminated step, even when it is not a number', () => {
    const garbage = { ...byHand, nextValue: floats(shape, [1, NaN, 2, 4, 6]) };
    expect(Array.from(gae(garbage, { discount: 0.5, lambda: 0.5 }).advantage.data)).toEqual([0.75, 1, 3, 4, 5]);
    expect(Array.from(gae(tensors(garbage), { discount: 0.5, lambda: 0.5 }).advantage.dataSync())).toEqual([0.75, 1, 3, 4, 5]);
  });

  it('writes into given arrays', () => {
    const out = { advantage: ndarray('float32', shape), returns: ndarray('float32', shape) };
    expect(gae(byHand, { discount: 0.5, lambda: 0.5 }, out)).toBe(out);
    expect(Array.from(out.returns.data)).toEqual([1.75, 2, 5, 6, 8]);
    const wrong = { advantage: ndarray('float32', [5, 1]), returns: ndarray('float32', shape) };
    expect(() => gae(byHand, { discount: 0.5, lambda: 0.5 }, wrong)).toThrow('gae: out.advantage must have the shape of reward, [1, 5], got [5, 1]');
  });

  it('lets no gradient flow, and leaks nothing', () => {
    const steps = tensors(byHand);
    const before = tf.memory().numTensors;
    const gradient = tf.tidy(() => tf.grad((value) => value.add(gae({ ...steps, value, nextValue: value }, { discount: 0.9, lambda: 0.9 }).returns).sum())(steps.value).dataSync());
    expect(Array.from(gradient)).toEqual([1, 1, 1, 1, 1]);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(Object.values(gae(steps, { discount: 0.9, lambda: 0.9 })));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses shapes that differ and, at compile time, a single done flag', () => {
    expect(() => gae({ ...byHand, truncated: flags([1, 4], [0, 0, 0, 0]) }, { discount: 1, lambda: 1 })).toThrow('gae: truncated must have the shape of reward');
    const { reward, value, nextValue, terminated: done } = byHand;
    // @ts-expect-error one flag cannot say whether the episode terminated or was truncated
    expect(() => gae({ reward, value, nextValue, done }, { discount: 1, lambda: 1 })).toThrow();
  });
});
