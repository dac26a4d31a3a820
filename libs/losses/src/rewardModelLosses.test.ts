import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { aggregateLoss } from './aggregateLoss.js';
import { binaryCrossEntropy } from './binaryCrossEntropy.js';
import { bradleyTerryLoss } from './bradleyTerryLoss.js';
import { plackettLuceLoss } from './plackettLuceLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const softplus = (x: number): number => Math.log1p(Math.exp(x));

describe('bradleyTerryLoss', () => {
  const [chosen, rejected] = [tf.tensor1d([2, -1, 0]), tf.tensor1d([1, 1, 0])];

  it('gives the numbers worked out by hand', () => {
    expectClose(bradleyTerryLoss(chosen, rejected), [3], [softplus(-1), softplus(2), Math.LN2]);
    expectClose(bradleyTerryLoss(chosen, rejected, { margin: 0.5 }), [3], [softplus(-0.5), softplus(2.5), softplus(0.5)]);
    expectClose(bradleyTerryLoss(chosen, rejected, { margin: tf.tensor1d([0, 1, 2]) }), [3], [softplus(-1), softplus(3), softplus(2)]);
    expectClose(bradleyTerryLoss(chosen, rejected, { label: tf.tensor1d([1, 0, 0.5]) }), [3], [softplus(-1), softplus(-2), Math.LN2]);
    // A label of 0 is the pair the other way round, margin included.
    expectClose(bradleyTerryLoss(chosen, rejected, { label: tf.zeros([3]), margin: 0.5 }), [3], Array.from(bradleyTerryLoss(rejected, chosen, { margin: 0.5 }).dataSync()));
    expectClose(bradleyTerryLoss(chosen, rejected, { centering: 0.1 }), [3], [softplus(-1) + 0.9, softplus(2), Math.LN2]);
  });

  it('has the gradient of its definition', () => {
    const label = tf.tensor1d([0.9, 0.2, 0.5]);
    for (const options of [{}, { label }, { label, margin: 0.3, centering: 0.2 }]) {
      expectGradient((x) => bradleyTerryLoss(x, rejected, options), chosen);
      expectGradient((x) => bradleyTerryLoss(chosen, x, options), rejected);
    }
    expectClose(tf.grad((x) => bradleyTerryLoss(chosen, rejected, { label: x, margin: x }).add(x).sum())(tf.tensor1d([0.5, 1, 0])), [3], [1, 1, 1]);
  });
});

describe('plackettLuceLoss', () => {
  it('gives the numbers worked out by hand: weights 3, 2, 1', () => {
    const score = tf.tensor2d([[3, 2, 1].map(Math.log), [1, 2, 3].map(Math.log)]);
    // 3/6 · 2/3 and 1/6 · 2/5
    expectClose(plackettLuceLoss(score), [2], [Math.log(3), Math.log(15)]);
    expectClose(plackettLuceLoss(score, { places: 1 }), [2], [Math.log(2), Math.log(6)]);
    expectClose(plackettLuceLoss(score.add(7)), [2], [Math.log(3), Math.log(15)]);
    expect(() => plackettLuceLoss(tf.ones([3]))).toThrow('plackettLuceLoss: score must be [B, K], got [3]');
  });

  it('leaves out candidates that are not there', () => {
    const score = tf.tensor2d([[Math.log(3), Math.log(2), NaN], [1, NaN, NaN]]);
    const mask = tf.tensor2d([[1, 1, 0], [1, 0, 0]]);
    expectClose(plackettLuceLoss(score, { mask }), [2], [Math.log(5 / 3), 0]);
    expectClose(tf.grad((x) => plackettLuceLoss(x, { mask }).sum())(score), [2, 3], [-0.4, 0.4, 0, 0, 0, 0]);
  });

  it('is Bradley-Terry for two, a distribution over all orders, and exact for scores far apart', () => {
    const pairs = tf.tensor2d([[0.3, -1], [2, 2.5]]);
    expectClose(plackettLuceLoss(pairs), [2], Array.from(bradleyTerryLoss(pairs.slice([0, 0], [2, 1]).squeeze([1]), pairs.slice([0, 1], [2, 1]).squeeze([1])).dataSync()));
    const orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    const scores = [0.4, -0.7, 1.3];
    const total = plackettLuceLoss(tf.tensor2d(orders.map((order) => order.map((i) => scores[i])))).neg().exp().sum();
    expectClose(total, [], [1]);
    expectClose(plackettLuceLoss(tf.tensor2d([[1000, 0, -1000], [-1000, 0, 1000]])), [2], [0, 3000]);
  });

  it('has the gradient of its definition', () => {
    const score = tf.tensor2d([[0.4, -0.7, 1.3], [0, 1, -1]]);
    const mask = tf.tensor2d([[1, 1, 1], [1, 1, 0]]);
    for (const options of [{}, { mask }, { places: 2 }]) expectGradient((x) => plackettLuceLoss(x, options), score);
  });
});

describe('process rewards', () => {
  it('are the logistic loss of the steps that count, hard or soft', () => {
    const logit = tf.tensor2d([[0, Math.log(3), Infinity], [-Math.log(3), NaN, NaN]]);
    const label = tf.tensor2d([[1, 0, 0.5], [0.5, 0, 0]]);
    const mask = tf.tensor2d([[1, 1, 0], [1, 0, 0]]);
    const steps = binaryCrossEntropy(logit, label, { mask });
    const last = (Math.log(4) + Math.log(4 / 3)) / 2;
    expectClose(steps, [2, 3], [Math.LN2, Math.log(4), 0, last, 0, 0]);
    expectClose(aggregateLoss(steps, { mode: 'token', mask }), [], [(Math.LN2 + Math.log(4) + last) / 3]);
    expectClose(tf.grad((x) => binaryCrossEntropy(x, label, { mask }).sum())(logit), [2, 3], [-0.5, 0.75, 0, -0.25, 0, 0]);
  });
});
