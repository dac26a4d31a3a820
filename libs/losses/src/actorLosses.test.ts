import { tf } from '@rivulet/engine';
import { beforeAll, describe, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { dpgLoss } from './dpgLoss.js';
import { sacActorLoss } from './sacActorLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('sacActorLoss', () => {
  const logProb = tf.tensor1d([-1, -2]);
  const q = tf.tensor2d([[3, 5], [4, 1]]);

  it('gives the numbers worked out by hand', () => {
    expectClose(sacActorLoss({ logProb, q }, { temperature: 0.5 }), [2], [-3.5, -2]);
    expectClose(sacActorLoss({ logProb, q }, { temperature: tf.scalar(0.5), reduce: 'mean' }), [2], [-4, -4]);
    expectClose(sacActorLoss({ logProb, q: tf.tensor1d([3, 1]) }, { temperature: 0.5 }), [2], [-3.5, -2]);
  });

  it('sends gradient to log-probabilities and the smaller member, none to the temperature', () => {
    const [dLogProb, dQ] = tf.grads((x, y) => sacActorLoss({ logProb: x, q: y }, { temperature: 0.5 }).sum())([logProb, q]);
    expectClose(dLogProb, [2], [0.5, 0.5]);
    expectClose(dQ, [2, 2], [-1, 0, 0, -1]);
    expectGradient((x) => sacActorLoss({ logProb: x, q: tf.stack([x.square(), x.sin()]) }, { temperature: 0.3 }), logProb);
    expectClose(tf.grad((x) => sacActorLoss({ logProb, q }, { temperature: x }).sum().add(x))(tf.scalar(1)), [], [1]);
  });
});

describe('dpgLoss', () => {
  const q = tf.tensor1d([1, -3, 2]);

  it('gives the numbers worked out by hand', () => {
    expectClose(dpgLoss(q), [3], [-1, 3, -2]);
    expectClose(dpgLoss(q, { normalize: true }), [3], [-0.5, 1.5, -1]);
  });

  it('takes the normaliser as a constant', () => {
    expectClose(tf.grad((x) => dpgLoss(x, { normalize: true }).sum())(q), [3], [-0.5, -0.5, -0.5]);
  });
});
