import { tf } from '@rivulet/engine';
import { beforeAll, describe, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { clipFraction } from './clipFraction.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('clipFraction', () => {
  it('marks ratios outside the range', () => {
    const logProb = tf.tensor1d([0.5, 0.85, 1, 1.25, 1.5].map(Math.log));
    expectClose(clipFraction({ logProb, oldLogProb: tf.zeros([5]) }, { clipLow: 0.2, clipHigh: 0.3 }), [5], [1, 0, 0, 0, 1]);
  });

  it('with advantages marks only where the clip changes the loss', () => {
    const logProb = tf.tensor2d([[0.5, 1, 1.5], [0.5, 1, 1.5]].map((row) => row.map(Math.log)));
    const input = { logProb, oldLogProb: tf.zeros([2, 3]) };
    expectClose(clipFraction({ ...input, advantage: tf.tensor1d([1, -1]) }, { clipLow: 0.2, clipHigh: 0.3 }), [2, 3], [0, 0, 1, 1, 0, 0]);
    expectClose(clipFraction({ ...input, advantage: tf.zeros([2, 3]) }, { clipLow: 0.2, clipHigh: 0.3 }), [2, 3], [0, 0, 0, 0, 0, 0]);
  });

  it('judges joint ratios over what counts', () => {
    const input = { logProb: tf.tensor2d([[2, 2, 9], [1, 1, 1]].map((row) => row.map(Math.log))), oldLogProb: tf.zeros([2, 3]) };
    const mask = tf.tensor2d([[1, 1, 0], [1, 1, 1]]);
    expectClose(clipFraction(input, { clipLow: 0.2, clipHigh: 1.5, level: 'geometric', mask }), [2], [0, 0]);
    expectClose(clipFraction(input, { clipLow: 0.2, clipHigh: 1.5, level: 'sequence', mask }), [2], [1, 0]);
  });
});
