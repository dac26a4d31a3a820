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
});
