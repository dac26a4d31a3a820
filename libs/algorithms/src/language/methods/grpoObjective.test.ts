import { tf, toTensor } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { grpoConfig } from './grpoConfig.js';
import { grpoObjective } from './grpoObjective.js';
import type { TokenBatch } from '../tokenPolicy.js';
import { tokenRollout } from '../tokenRollout.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** All four sequences of two tokens of a policy that is uniform where θ = 0: their plain mean is an expectation under it. */
const sequences = [[0, 0], [0, 1], [1, 0], [1, 1]];
const reference = { first: [0.7, 0.3], second: [[0.9, 0.1], [0.4, 0.6]] };
const softmax = (a: number, b: number): number[] => [1 / (1 + Math.exp(b - a)), 1 / (1 + Math.exp(a - b))];

/** log π of each token [4, 2], by the logits of the first token, then of the second after either. */
function logProbs(theta: tf.Tensor1D): tf.Tensor {
  const [first, ...second] = tf.split(theta, 3).map((logits) => tf.unstack(logits.logSoftmax()));
  return tf.stack(sequences.map(([a, b]) => tf.stack([first[a], second[a][b]])));
}

/** KL(π‖π_ref) over sequences. */
function exactKl(theta: readonly number[]): number {
  const [first, ...second] = [0, 2, 4].map((at) => softmax(theta[at], theta[at + 1]));
  return sequences.reduce((sum, [a, b]) => {
    const p = first[a] * second[a][b];
    return sum + p * Math.log(p / (reference.first[a] * reference.second[a][b]));
  }, 0);
}

function batch(logProb: tf.Tensor): TokenBatch {
  const rollout = tokenRollout(sequences.map((tokens) => ({ prompt: [0], tokens })), { promptTokens: 1, newTokens: 2 });
  const fields = Object.fromEntries(Object.entries(rollout).map(([name, array]) => [name, toTensor(array)])) as unknown as TokenBatch;
  const referenceLogProb = tf.tensor2d(sequences.map(([a, b]) => [Math.log(reference.first[a]), Math.log(reference.second[a][b])]));
  return { ...fields, logProb, advantage: tf.zeros([4]), referenceLogProb };
}

describe('grpoObjective', () => {
  const gradient = (klLevel: 'token' | 'sequence', klEstimator: 'k2' | 'k3'): Float32Array => {
    const objective = grpoObjective(grpoConfig.parse({ level: 'sequence', aggregation: 'constant', newTokens: 2, klCoefficient: 1, klLevel, klEstimator }));
    const loss = (theta: tf.Tensor): tf.Scalar => {
      const logProb = logProbs(theta as tf.Tensor1D);
      return objective({ batch: batch(tf.zeros([4, 2]).add(Math.log(0.5))), logits: tf.zeros([4, 2, 2]), logProb, step: tf.scalar(0) }).loss;
    };
    return tf.tidy(() => tf.grad(loss)(tf.zeros([6])).dataSync() as Float32Array);
  };
  const exact = Array.from({ length: 6 }, (_, i) => {
    const at = (shift: number): number => exactKl(Array.from({ length: 6 }, (__, j) => (i === j ? shift : 0)));
    return (at(1e-4) - at(-1e-4)) / 2e-4;
  });
  const distance = (found: Float32Array, scale = 1): number => Math.hypot(...exact.map((value, i) => scale * found[i] - value));

  it('has the gradient of the divergence of whole completions, by k2', () => {
    expect(Math.hypot(...exact)).toBeGreaterThan(0.1);
    expect(distance(gradient('sequence', 'k2'))).toBeLessThan(1e-4);
  });

  it('has another one per token, or by k3', () => {
    // Constant aggregation divides by the two tokens.
    expect(distance(gradient('token', 'k2'), 2)).toBeGreaterThan(0.05);
    expect(distance(gradient('sequence', 'k3'))).toBeGreaterThan(0.05);
  });

  it('reports the divergence of completions, by hand', () => {
    const objective = grpoObjective(grpoConfig.parse({ newTokens: 2, klCoefficient: 1, klLevel: 'sequence', klEstimator: 'k1' }));
    const logProb = tf.tensor2d(sequences.map(() => [-1, -2]));
    const { metrics } = objective({ batch: batch(logProb), logits: tf.zeros([4, 2, 2]), logProb, step: tf.scalar(0) });
    const expected = sequences.reduce((sum, [a, b]) => sum + -3 - Math.log(reference.first[a] * reference.second[a][b]), 0) / 4;
    expect(metrics.kl.dataSync()[0]).toBeCloseTo(expected, 5);
  });
});
