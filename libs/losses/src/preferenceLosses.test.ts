import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { binaryCrossEntropy } from './binaryCrossEntropy.js';
import { bradleyTerryLoss } from './bradleyTerryLoss.js';
import { dpoLoss } from './dpoLoss.js';
import type { DpoOptions } from './dpoLoss.js';
import { ktoLoss } from './ktoLoss.js';
import { oddsRatioLoss } from './oddsRatioLoss.js';
import { pairLogRatioLoss } from './pairLogRatioLoss.js';
import { sequenceLogProb } from './sequenceLogProb.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const softplus = (x: number): number => Math.log1p(Math.exp(x));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('sequenceLogProb', () => {
  it('sums, or averages, over the tokens that count', () => {
    const logProb = tf.tensor2d([[-1, -2, -3], [-Infinity, -4, -Infinity], [NaN, NaN, NaN]]);
    const mask = tf.tensor2d([[1, 1, 0], [0, 1, 0], [0, 0, 0]]);
    expectClose(sequenceLogProb(logProb, { reduce: 'sum', mask }), [3], [-3, -4, 0]);
    expectClose(sequenceLogProb(logProb, { reduce: 'mean', mask }), [3], [-1.5, -4, 0]);
    expectClose(sequenceLogProb(tf.tensor2d([[-1, -2, -3]]), { reduce: 'mean' }), [1], [-2]);
    const gradient = tf.grad((x) => sequenceLogProb(x, { reduce: 'mean', mask }).sum())(logProb);
    expectClose(gradient, [3, 3], [0.5, 0.5, 0, 0, 1, 0, 0, 0, 0]);
  });
});

describe('dpoLoss', () => {
  // h = 0.5 and −1 of the chosen, −1 and 1 of the rejected: differences 1.5 and −2.
  const pair = { chosen: tf.tensor1d([-1, -3]), rejected: tf.tensor1d([-2, -1]), chosenReference: tf.tensor1d([-1.5, -2]), rejectedReference: tf.tensor1d([-1, -2]) };
  const free = { chosen: pair.chosen, rejected: pair.rejected };

  it('gives the numbers worked out by hand', () => {
    expectClose(dpoLoss(pair, { beta: 2 }), [2], [softplus(-3), softplus(4)]);
    expectClose(dpoLoss(free, { beta: 2 }), [2], [softplus(-2), softplus(4)]);
    expectClose(dpoLoss(pair, { beta: 2, margin: 1 }), [2], [softplus(-2), softplus(5)]);
    expectClose(dpoLoss(pair, { beta: 2, margin: tf.tensor1d([1, -1]) }), [2], [softplus(-2), softplus(3)]);
    expectClose(dpoLoss(pair, { beta: 0.5, form: 'hinge' }), [2], [0.25, 2]);
  });

  it('is SimPO on means without reference', () => {
    // 2·(−0.5 + 0.9) − 0.5 = 0.3
    const logProb = tf.tensor2d([[-0.2, -0.8, 0], [-0.9, -0.8, -1]]);
    const mean = sequenceLogProb(logProb, { reduce: 'mean', mask: tf.tensor2d([[1, 1, 0], [1, 1, 1]]) });
    expectClose(dpoLoss({ chosen: mean.slice([0], [1]), rejected: mean.slice([1], [1]) }, { beta: 2, margin: 0.5 }), [1], [softplus(-0.3)]);
  });

  it('smooths labels, or divides the noise out', () => {
    expectClose(dpoLoss(pair, { beta: 2, labelSmoothing: 0.1 }), [2], [0.9 * softplus(-3) + 0.1 * softplus(3), 0.9 * softplus(4) + 0.1 * softplus(-4)]);
    expectClose(dpoLoss(pair, { beta: 2, labelSmoothing: 0.1, robust: true }), [2], [(0.9 * softplus(-3) - 0.1 * softplus(3)) / 0.8, (0.9 * softplus(4) - 0.1 * softplus(-4)) / 0.8]);
    // Labels swapped with probability 0.1: on average the clean loss.
    const swapped = { chosen: pair.rejected, rejected: pair.chosen, chosenReference: pair.rejectedReference, rejectedReference: pair.chosenReference };
    const robust = { beta: 2, labelSmoothing: 0.1, robust: true };
    expectClose(dpoLoss(pair, robust).mul(0.9).add(dpoLoss(swapped, robust).mul(0.1)), [2], [softplus(-3), softplus(4)]);
  });

  it('has the score of each divergence', () => {
    const z = (g: (h: number) => number): number[] => [softplus(-(g(0.5) - g(-1))), softplus(-(g(-1) - g(1)))];
    expectClose(dpoLoss(pair, { beta: 1, divergence: 'forwardKl' }), [2], z((h) => -Math.exp(-h)));
    // log(2u/(1 + u)) with u = e^h
    expectClose(dpoLoss(pair, { beta: 1, divergence: 'js' }), [2], z((h) => Math.log((2 * Math.exp(h)) / (1 + Math.exp(h)))));
    expectClose(dpoLoss(pair, { beta: 1, divergence: { alpha: 0.3 } }), [2], z((h) => (1 - Math.exp(-0.3 * h)) / 0.3));
    expectClose(dpoLoss(pair, { beta: 1, divergence: { alpha: 1e-3 } }), [2], Array.from(dpoLoss(pair, { beta: 1 }).dataSync()), 2e-3);
    expectClose(dpoLoss({ ...pair, rejected: tf.tensor1d([-500, -500]) }, { beta: 1, divergence: 'forwardKl' }), [2], [0, 0]);
  });

  it('is the logistic loss of the difference, and Bradley-Terry of β times the log-ratios', () => {
    const [hW, hL] = [pair.chosen.sub(pair.chosenReference), pair.rejected.sub(pair.rejectedReference)];
    const expected = Array.from(dpoLoss(pair, { beta: 0.3, labelSmoothing: 0.2 }).dataSync());
    expectClose(binaryCrossEntropy(hW.sub(hL).mul(0.3), tf.fill([2], 0.8)), [2], expected);
    expectClose(bradleyTerryLoss(hW.mul(0.3), hL.mul(0.3), { label: tf.fill([2], 0.8) }), [2], expected);
  });

  it('has the gradient of its definition, and none in the reference', () => {
    const all: readonly Partial<DpoOptions>[] = [{}, { labelSmoothing: 0.2 }, { labelSmoothing: 0.2, robust: true }, { margin: 0.3 }, { divergence: 'forwardKl' }, { divergence: 'js' }, { divergence: { alpha: 0.4 } }, { form: 'hinge', beta: 0.4 }];
    for (const options of all) {
      expectGradient((x) => dpoLoss({ ...pair, chosen: x }, { beta: 0.7, ...options }), pair.chosen);
      expectGradient((x) => dpoLoss({ ...pair, rejected: x }, { beta: 0.7, ...options }), pair.rejected);
    }
    const inReference = tf.grad((x) => dpoLoss({ ...pair, chosenReference: x, rejectedReference: x }, { beta: 1, margin: x }).add(x).sum())(tf.tensor1d([-1, -2]));
    expectClose(inReference, [2], [1, 1]);
    // At the reference every pair pulls with β/2.
    const same = { ...pair, chosenReference: pair.chosen, rejectedReference: pair.rejected };
    expectClose(tf.grad((x) => dpoLoss({ ...same, chosen: x }, { beta: 0.6 }).sum())(pair.chosen), [2], [-0.3, -0.3]);
  });

  it('has its minimum at the policy whose implied rewards made the preferences, for every divergence', () => {
    const [policy, reference] = [tf.tensor1d([0.5, 0.2, 0.3]), tf.tensor1d([0.2, 0.5, 0.3])];
    const beta = 0.4;
    const scores: readonly [DpoOptions['divergence'], (h: tf.Tensor) => tf.Tensor][] = [
      ['reverseKl', (h) => h],
      ['forwardKl', (h) => h.neg().exp().neg()],
      ['js', (h) => h.logSigmoid()],
      [{ alpha: 0.5 }, (h) => h.mul(-0.5).exp().mul(-2)],
    ];
    // Every ordered pair of the three answers.
    const [first, second] = [tf.tensor1d([0, 0, 1, 1, 2, 2], 'int32'), tf.tensor1d([1, 2, 0, 2, 0, 1], 'int32')];
    for (const [divergence, score] of scores) {
      const reward = score(policy.log().sub(reference.log())).mul(beta);
      const preferred = reward.gather(first).sub(reward.gather(second)).sigmoid();
      const expectedLoss = (logits: tf.Tensor): tf.Scalar => {
        const logProb = logits.logSoftmax();
        const pairs = { chosen: logProb.gather(first), rejected: logProb.gather(second), chosenReference: reference.log().gather(first), rejectedReference: reference.log().gather(second) };
        return dpoLoss(pairs, { beta, divergence }).mul(preferred).sum();
      };
      expectClose(tf.grad(expectedLoss)(policy.log()), [3], [0, 0, 0], 1e-6);
      const elsewhere = tf.grad(expectedLoss)(reference.log()).abs().max().dataSync()[0];
      expect(elsewhere).toBeGreaterThan(0.01);
    }
  });

  it('says what does not fit', () => {
    expect(() => dpoLoss({ ...free, chosenReference: pair.chosen }, { beta: 1 })).toThrow('dpoLoss: give the log-probabilities of the reference for both answers, or for neither');
    expect(() => dpoLoss(free, { beta: 1, divergence: 'js' })).toThrow('dpoLoss: a divergence other than reverse KL needs a reference');
    expect(() => dpoLoss(pair, { beta: 1, labelSmoothing: 0.5 })).toThrow('dpoLoss: labelSmoothing must be at least 0 and below 0.5, got 0.5');
    expect(() => dpoLoss(pair, { beta: 1, divergence: { alpha: 1 } })).toThrow('dpoLoss: alpha must be between 0 and 1, got 1');
  });

  it('leaks nothing', () => {
    const before = tf.memory().numTensors;
    dpoLoss(pair, { beta: 1, labelSmoothing: 0.1, divergence: 'js', margin: pair.chosen }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('pairLogRatioLoss', () => {
  it('is IPO with the target 1/(2τ)', () => {
    const [h1, h2] = [tf.tensor1d([0.5, -1]), tf.tensor1d([-1, 1])];
    // τ = 0.1: (1.5 − 5)² and (−2 − 5)²
    expectClose(pairLogRatioLoss(h1, h2, 1 / 0.2), [2], [12.25, 49]);
    expectClose(pairLogRatioLoss(h1, h2, tf.tensor1d([1.5, -1])), [2], [0, 1]);
    expectGradient((x) => pairLogRatioLoss(x, h2, 1), h1);
    expectGradient((x) => pairLogRatioLoss(h1, x, 1), h2);
    expectClose(tf.grad((x) => pairLogRatioLoss(h1, h2, x).add(x).sum())(tf.ones([2])), [2], [1, 1]);
  });
});

describe('ktoLoss', () => {
  // h = 1, −1, 0.5, 2
  const input = { logProb: tf.tensor1d([-1, -4, -2, -1]), referenceLogProb: tf.tensor1d([-2, -3, -2.5, -3]), desirable: tf.tensor1d([1, 0, 1, 0]) };
  const mismatchedLogRatio = tf.tensor1d([0.5, -0.1, 0.2]);

  it('gives the numbers worked out by hand: z₀ = 0.2', () => {
    const loss = ktoLoss({ ...input, mismatchedLogRatio }, { beta: 0.5, desirableWeight: 2, undesirableWeight: 3 });
    expectClose(loss, [4], [2 * (1 - sigmoid(0.4)), 3 * (1 - sigmoid(0.6)), 2 * (1 - sigmoid(0.15)), 3 * (1 - sigmoid(-0.9))]);
  });

  it('takes a divergence below 0 as 0, and 0 where none is given', () => {
    const expected = [1 - sigmoid(0.5), 1 - sigmoid(0.5), 1 - sigmoid(0.25), 1 - sigmoid(-1)];
    expectClose(ktoLoss({ ...input, mismatchedLogRatio: tf.tensor1d([-3, 1]) }, { beta: 0.5 }), [4], expected);
    expectClose(ktoLoss(input, { beta: 0.5 }), [4], expected);
  });

  it('has the gradient of its definition in the log-probabilities alone', () => {
    expectGradient((x) => ktoLoss({ ...input, logProb: x, mismatchedLogRatio }, { beta: 0.7, undesirableWeight: 2 }), input.logProb);
    expectClose(tf.grad((x) => ktoLoss({ ...input, referenceLogProb: x, desirable: x, mismatchedLogRatio: x }, { beta: 1 }).add(x).sum())(tf.tensor1d([1, 0, 1, 0])), [4], [1, 1, 1, 1]);
  });
});

describe('oddsRatioLoss', () => {
  it('gives the numbers worked out by hand: odds 4, 1/4 and 9', () => {
    const of = (p: number[]): tf.Tensor => tf.tensor1d(p.map(Math.log));
    // Ratios of odds 4/1, (1/4)/9, 9/9: −log σ(log x) = log(1 + 1/x)
    expectClose(oddsRatioLoss({ chosen: of([0.8, 0.2, 0.9]), rejected: of([0.5, 0.9, 0.9]) }), [3], [Math.log(1.25), Math.log(37), Math.LN2]);
  });

  it('stays right for probabilities near 0 and 1', () => {
    // log odds of p = e^x: x − log(1 − e^x); for x = −0.0001 the odds are 9999.5, for x = −40 they are p.
    expectClose(oddsRatioLoss({ chosen: tf.tensor1d([-1e-4, -40, 0]), rejected: tf.tensor1d([-1e-4, -42, -1]) }), [3], [Math.LN2, softplus(-2), 0]);
    expectClose(oddsRatioLoss({ chosen: tf.tensor1d([-1]), rejected: tf.tensor1d([-1e-4]) }), [1], [Math.log(9999.5) - Math.log(Math.exp(-1) / (1 - Math.exp(-1)))], 1e-4);
    const gradient = tf.grad((x) => oddsRatioLoss({ chosen: x, rejected: tf.tensor1d([-1, -1]) }).sum())(tf.tensor1d([0, -40])).dataSync();
    expect(Array.from(gradient).every(Number.isFinite)).toBe(true);
  });

  it('has the gradient of its definition', () => {
    const [chosen, rejected] = [tf.tensor1d([-0.3, -2]), tf.tensor1d([-0.7, -0.4])];
    expectGradient((x) => oddsRatioLoss({ chosen: x, rejected }), chosen);
    expectGradient((x) => oddsRatioLoss({ chosen, rejected: x }), rejected);
  });
});
