import { tf } from '@rivulet/engine';
import { beforeAll, describe, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { policyGradientLoss } from './policyGradientLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const logProb = tf.tensor2d([[-1, -2], [-3, -4]]);

describe('policyGradientLoss', () => {
  it('gives the numbers worked out by hand', () => {
    expectClose(policyGradientLoss(logProb, tf.tensor1d([2, -1])), [2, 2], [2, 4, -3, -4]);
    expectClose(policyGradientLoss(logProb, tf.tensor2d([[1, 2], [3, 4]])), [2, 2], [1, 4, 9, 16]);
    expectClose(policyGradientLoss(logProb, tf.tensor1d([2, -1]), { weight: tf.tensor1d([0.5, 2]) }), [2, 2], [1, 2, -6, -8]);
    expectClose(policyGradientLoss(logProb, tf.tensor1d([2, -1]), { mask: tf.tensor2d([[1, 0], [0, 1]]) }), [2, 2], [2, 0, 0, -4]);
  });

  it('learns from negatives alone with positiveWeight 0', () => {
    expectClose(policyGradientLoss(logProb, tf.tensor1d([2, -1]), { positiveWeight: 0 }), [2, 2], [0, 0, -3, -4]);
  });

  it('has the gradient −w·A in the log-probabilities, and none elsewhere', () => {
    const weight = tf.tensor1d([0.5, 2]);
    expectClose(tf.grad((x) => policyGradientLoss(x, tf.tensor1d([2, -1]), { weight }).sum())(logProb), [2, 2], [-1, -1, 2, 2]);
    expectClose(tf.grad((x) => policyGradientLoss(logProb, x, { weight: x }).sum().add(x.sum()))(weight), [2], [1, 1]);
  });
});
