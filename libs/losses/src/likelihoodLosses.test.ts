import { tf } from '@rivulet/engine';
import { beforeAll, describe, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { binaryCrossEntropy } from './binaryCrossEntropy.js';
import { categoricalTdLoss } from './categoricalTdLoss.js';
import { nllLoss } from './nllLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('nllLoss', () => {
  const logProb = tf.tensor2d([[-1, -2], [-3, -Infinity]]);

  it('weights and masks, also where the log-probability is infinite', () => {
    const mask = tf.tensor2d([[1, 1], [1, 0]]);
    expectClose(nllLoss(logProb, { mask }), [2, 2], [1, 2, 3, 0]);
    expectClose(nllLoss(logProb, { mask, weight: tf.tensor1d([2, 0.5]) }), [2, 2], [2, 4, 1.5, 0]);
    expectClose(nllLoss(logProb, { mask, weight: tf.tensor2d([[1, 2], [3, 4]]) }), [2, 2], [1, 4, 9, 0]);
  });

  it('has the gradient −w, and none in the weights', () => {
    expectClose(tf.grad((x) => nllLoss(x, { weight: tf.tensor1d([2, 3]) }).sum())(tf.tensor1d([-1, -2])), [2], [-2, -3]);
    expectClose(tf.grad((x) => nllLoss(tf.tensor1d([-1, -2]), { weight: x }).sum().add(x.sum()))(tf.tensor1d([2, 3])), [2], [1, 1]);
  });
});

describe('binaryCrossEntropy', () => {
  const logit = tf.tensor1d([0, Math.log(3), -Math.log(3)]);

  it('gives the numbers worked out by hand', () => {
    // σ = 1/2, 3/4, 1/4
    expectClose(binaryCrossEntropy(logit, tf.tensor1d([1, 1, 1])), [3], [Math.log(2), Math.log(4 / 3), Math.log(4)]);
    expectClose(binaryCrossEntropy(logit, tf.tensor1d([0, 0, 0.5])), [3], [Math.log(2), Math.log(4), (Math.log(4) + Math.log(4 / 3)) / 2]);
    expectClose(binaryCrossEntropy(logit, tf.tensor1d([1, 0, 1]), { positiveWeight: 2, weight: tf.tensor1d([1, 3, 1]) }), [3], [2 * Math.log(2), 3 * Math.log(4), 2 * Math.log(4)]);
  });

  it('stays finite and exact for large logits', () => {
    expectClose(binaryCrossEntropy(tf.tensor1d([200, -200, 200]), tf.tensor1d([1, 0, 0])), [3], [0, 0, 200]);
  });

  it('has the gradient σ(z) − y', () => {
    expectClose(tf.grad((x) => binaryCrossEntropy(x, tf.tensor1d([1, 0, 0.5])).sum())(logit), [3], [-0.5, 0.75, -0.25]);
    expectGradient((x) => binaryCrossEntropy(x, tf.tensor1d([1, 0, 0.5]), { positiveWeight: 3 }), logit);
  });
});

describe('categoricalTdLoss', () => {
  it('equals the golden values of rlax (value_learning_test.py, CategoricalTDLearningTest)', () => {
    // Their targets projected by hand. Atoms 0.5, 1, 1.5; logits [0, 0, 9] put e⁹/(e⁹ + 2) on 1.5, and 0.5 + 0.8·(0.5, 1, 1.5) = 0.9, 1.3, 1.7 → 1.5
    const e = Math.exp(9);
    const [rest, top] = [1 / (e + 2), e / (e + 2)];
    const first = [0.2 * rest, 0.8 * rest + 0.4 * rest, 0.6 * rest + top];
    const logits = tf.tensor2d([[0, 9, 0], [9, 0, 9], [9, 9, 0]]);
    const target = tf.tensor2d([first, [1 / 3, 1 / 3, 1 / 3], [0.4, 0.6, 0]]);
    expectClose(categoricalTdLoss(logits, target), [3], [8.998915, 3.6932087, 0.69320893], 1e-4);
  });

  it('has the gradient softmax − p, and none in the target', () => {
    const logits = tf.tensor2d([[0, Math.log(2), 0]]);
    const target = tf.tensor2d([[0.5, 0.25, 0.25]]);
    expectClose(tf.grad((x) => categoricalTdLoss(x, target).sum())(logits), [1, 3], [-0.25, 0.25, 0]);
    expectClose(tf.grad((x) => categoricalTdLoss(logits, x).sum().add(x.sum()))(target), [1, 3], [1, 1, 1]);
  });
});
