import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { klPenalty } from './klPenalty.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const p = [0.5, 0.3, 0.2];
const q = [0.2, 0.2, 0.6];
const [logP, logQ] = [p, q].map((x) => tf.tensor2d([x.map(Math.log)]));
const kl = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * Math.log(x / b[i]), 0);

/** Draws actions of a law and returns both log-probabilities of each, [n]. */
function drawn(law: number[], n: number, seed: number): [tf.Tensor, tf.Tensor] {
  const rng = Rng.fromSeed(seed);
  const actions = Array.from({ length: n }, () => rng.nextCategorical(law));
  return [tf.tensor1d(actions.map((a) => Math.log(p[a]))), tf.tensor1d(actions.map((a) => Math.log(q[a])))];
}

describe('klPenalty', () => {
  it('gives the numbers worked out by hand', () => {
    const logProb = tf.tensor1d([Math.log(0.5), Math.log(0.2)]);
    const anchor = tf.tensor1d([Math.log(0.25), Math.log(0.6)]);
    const d = [Math.log(2), -Math.log(3)];
    expectClose(klPenalty(logProb, anchor, { direction: 'reverse', estimator: 'k1' }), [2], d);
    expectClose(klPenalty(logProb, anchor, { direction: 'reverse', estimator: 'k2' }), [2], d.map((x) => (x * x) / 2));
    expectClose(klPenalty(logProb, anchor, { direction: 'reverse', estimator: 'k3' }), [2], [0.5 - 1 + d[0], 3 - 1 + d[1]]);
    expectClose(klPenalty(logProb, anchor, { direction: 'reverse', estimator: 'scoreFunction' }), [2], d);
    expectClose(klPenalty(logProb, anchor, { direction: 'forward', estimator: 'k1' }), [2], [-d[0], -d[1]]);
    expectClose(klPenalty(logProb, anchor, { direction: 'forward', estimator: 'k3' }), [2], [2 - 1 - d[0], 1 / 3 - 1 - d[1]]);
  });

  it('is exact from logits, in both directions and for any constant added to them', () => {
    expectClose(klPenalty(logP, logQ, { direction: 'reverse', estimator: 'exact' }), [1], [kl(p, q)]);
    expectClose(klPenalty(logP.add(7), logQ.sub(3), { direction: 'forward', estimator: 'exact' }), [1], [kl(q, p)], 1e-4);
    expectClose(klPenalty(logP, logP, { direction: 'reverse', estimator: 'exact' }), [1], [0]);
  });

  it('estimates the exact value on samples: k1, k3 and the score function without bias', () => {
    const n = 40000;
    const [logProb, anchor] = drawn(p, n, 1);
    for (const estimator of ['k1', 'k3', 'scoreFunction'] as const) {
      const estimate = klPenalty(logProb, anchor, { direction: 'reverse', estimator });
      const { mean, variance } = tf.moments(estimate);
      const standardError = Math.sqrt(variance.dataSync()[0] / n);
      expect(Math.abs(mean.dataSync()[0] - kl(p, q))).toBeLessThan(4 * standardError);
    }
    const [ofAnchor, anchorItself] = drawn(q, n, 2);
    const forward = tf.moments(klPenalty(ofAnchor, anchorItself, { direction: 'forward', estimator: 'k3' }));
    expect(Math.abs(forward.mean.dataSync()[0] - kl(q, p))).toBeLessThan(4 * Math.sqrt(forward.variance.dataSync()[0] / n));
  });

  it('has on average the gradient that the documentation says', () => {
    // Expectations by enumeration: Σ over actions of p(a)·∇ estimate(a), with respect to the logits.
    const logits = logP;
    const exact = (direction: 'reverse' | 'forward') => tf.grad((x) => klPenalty(x, logQ, { direction, estimator: 'exact' }).sum())(logits).dataSync();
    const expected = (direction: 'reverse' | 'forward', estimator: 'k1' | 'k2' | 'k3' | 'scoreFunction') =>
      tf.grad((x) => klPenalty(x.logSoftmax(), logQ, { direction, estimator }).mul(tf.tensor2d([direction === 'reverse' ? p : q])).sum())(logits).dataSync();
    const same = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).forEach((x, i) => expect(Math.abs(x - b[i])).toBeLessThan(1e-5));
    same(expected('reverse', 'k1'), [0, 0, 0]);
    same(expected('reverse', 'k2'), exact('reverse'));
    same(expected('reverse', 'scoreFunction'), exact('reverse'));
    same(expected('reverse', 'k3'), exact('forward'));
    same(expected('forward', 'k1'), exact('forward'));
    expectGradient((x) => klPenalty(x, logQ, { direction: 'reverse', estimator: 'exact' }), logits);
    expectGradient((x) => klPenalty(x, logQ, { direction: 'forward', estimator: 'exact' }), logits);
  });

  it('masks, also where log-probabilities are infinite, and lets no gradient into the anchor', () => {
    const padded = tf.tensor2d([[-1, -Infinity]]);
    for (const estimator of ['k1', 'k2', 'k3', 'scoreFunction'] as const) {
      expectClose(klPenalty(padded, padded, { direction: 'reverse', estimator, mask: tf.tensor2d([[1, 0]]) }), [1, 2], [0, 0]);
    }
    expectClose(tf.grad((x) => klPenalty(logP, x, { direction: 'reverse', estimator: 'k3' }).add(x).sum())(logQ), [1, 3], [1, 1, 1]);
  });

  it('keeps its digits near zero, and is bounded against overflow', () => {
    const small = klPenalty(tf.tensor1d([1e-3, 0]), tf.zeros([2]), { direction: 'reverse', estimator: 'k3' }).dataSync();
    expect(small[0] / 4.99833375e-7).toBeCloseTo(1, 3);
    expect(small[1]).toBe(0);
    const far = tf.tensor1d([-200, 3, 200]);
    expectClose(klPenalty(far, tf.zeros([3]), { direction: 'reverse', estimator: 'k3', bound: 5 }), [3], [Math.exp(5) - 6, Math.exp(-3) + 2, Math.exp(-5) + 4]);
    expectClose(klPenalty(far, tf.zeros([3]), { direction: 'forward', estimator: 'k1', bound: 5 }), [3], [5, -3, -5]);
    expectClose(tf.grad((x) => klPenalty(x, tf.zeros([3]), { direction: 'reverse', estimator: 'k3', bound: 5 }).sum())(far), [3], [0, 1 - Math.exp(-3), 0]);
  });

  it('straight through has the value of the estimator and the gradient of the divergence on average', () => {
    const options = { direction: 'reverse', estimator: 'k3', straightThrough: true } as const;
    const [logProb, anchor] = [tf.tensor1d([Math.log(0.5), Math.log(0.2)]), tf.tensor1d([Math.log(0.25), Math.log(0.6)])];
    expectClose(klPenalty(logProb, anchor, options), [2], [Math.log(2) - 0.5, 2 - Math.log(3)]);
    expectClose(tf.grad((x) => klPenalty(x, anchor, options).sum())(logProb), [2], [Math.log(2), -Math.log(3)]);
    const exact = tf.grad((x) => klPenalty(x, logQ, { direction: 'reverse', estimator: 'exact' }).sum())(logP);
    expectClose(tf.grad((x) => klPenalty(x.logSoftmax(), logQ, options).mul(tf.tensor2d([p])).sum())(logP), [1, 3], Array.from(exact.dataSync()));
    const k1 = { direction: 'reverse', estimator: 'k1', straightThrough: true } as const;
    const score = { direction: 'reverse', estimator: 'scoreFunction' } as const;
    expectClose(klPenalty(logProb, anchor, k1), [2], Array.from(klPenalty(logProb, anchor, score).dataSync()));
    expectClose(tf.grad((x) => klPenalty(x, anchor, k1).sum())(logProb), [2], Array.from(tf.grad((x) => klPenalty(x, anchor, score).sum())(logProb).dataSync()));
    for (const other of [{ direction: 'reverse', estimator: 'k2' }, { direction: 'forward', estimator: 'k3' }] as const) {
      expect(() => klPenalty(logProb, anchor, { ...other, straightThrough: true })).toThrow("klPenalty: straightThrough is for the estimators 'k1' and 'k3' in the direction 'reverse'");
    }
  });

  it('is exact over the vocabulary of each token', () => {
    const logits = tf.tensor3d([[p.map(Math.log), q.map(Math.log)]]);
    const anchor = tf.tensor3d([[q.map(Math.log), q.map(Math.log)]]);
    expectClose(klPenalty(logits, anchor, { direction: 'reverse', estimator: 'exact' }), [1, 2], [kl(p, q), 0]);
    expectClose(klPenalty(logits, anchor, { direction: 'forward', estimator: 'exact', mask: tf.tensor2d([[1, 0]]) }), [1, 2], [kl(q, p), 0]);
  });

  it('refuses the score function in the forward direction', () => {
    expect(() => klPenalty(logP, logQ, { direction: 'forward', estimator: 'scoreFunction' })).toThrow("estimator 'scoreFunction' is for direction 'reverse'");
  });
});
