import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { expectGradient } from '../test/expectGradient.js';
import { aggregateLoss } from './aggregateLoss.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const loss = tf.tensor2d([[1, 2, 9], [4, 9, 9], [6, 6, 6], [9, 9, 9]]);
const mask = tf.tensor2d([[1, 1, 0], [1, 0, 0], [1, 1, 1], [0, 0, 0]]);

describe('aggregateLoss', () => {
  it('gives the numbers worked out by hand for every mode', () => {
    expectClose(aggregateLoss(loss, { mode: 'token', mask }), [], [(1 + 2 + 4 + 18) / 6]);
    // The empty sequence is left out: (1.5 + 4 + 6)/3
    expectClose(aggregateLoss(loss, { mode: 'sequence', mask }), [], [11.5 / 3]);
    // Prompts of two rows: (1 + 2 + 4)/3 and 18/3
    expectClose(aggregateLoss(loss, { mode: 'prompt', groupSize: 2, mask }), [], [(7 / 3 + 6) / 2]);
    expectClose(aggregateLoss(loss, { mode: 'constant', maxLength: 5, mask }), [], [25 / 20]);
  });

  it('is the plain mean of [B], over what counts', () => {
    expectClose(aggregateLoss(tf.tensor1d([1, 2, 6])), [], [3]);
    expectClose(aggregateLoss(tf.tensor1d([1, 2, 6]), { mask: tf.tensor1d([1, 0, 1]) }), [], [3.5]);
  });

  it('makes all modes agree on full sequences of one length', () => {
    for (const mode of [{ mode: 'token' }, { mode: 'sequence' }, { mode: 'prompt', groupSize: 4 }, { mode: 'constant', maxLength: 3 }] as const) {
      expectClose(aggregateLoss(loss, mode), [], [79 / 12]);
    }
  });

  it('survives infinite losses where nothing counts, and masks of nothing', () => {
    expectClose(aggregateLoss(tf.tensor2d([[1, Infinity]]), { mode: 'token', mask: tf.tensor2d([[1, 0]]) }), [], [1]);
    for (const mode of ['token', 'sequence'] as const) expectClose(aggregateLoss(loss, { mode, mask: tf.zerosLike(loss) }), [], [0]);
  });

  it('adds up over the parts of a batch when told what the whole has', () => {
    const parts = [0, 2].map((from) => [loss.slice([from, 0], [2, 3]), mask.slice([from, 0], [2, 3])] as const);
    const cases = [[{ mode: 'token' }, 6], [{ mode: 'sequence' }, 3], [{ mode: 'prompt', groupSize: 2 }, 2], [{ mode: 'constant', maxLength: 5 }, 4]] as const;
    for (const [mode, total] of cases) {
      const whole = Array.from(aggregateLoss(loss, { ...mode, mask }).dataSync());
      for (const given of [total, tf.scalar(total)]) {
        expectClose(tf.addN(parts.map(([part, counts]) => aggregateLoss(part, { ...mode, mask: counts, total: given }))), [], whole);
      }
    }
    const rows = tf.tensor1d([1, 2, 6]);
    expectClose(aggregateLoss(rows.slice([0], [2]), { total: 3 }).add(aggregateLoss(rows.slice([2], [1]), { total: 3 })), [], [3]);
  });

  it('has the gradient of its definition', () => {
    for (const mode of [{ mode: 'token' }, { mode: 'sequence' }, { mode: 'prompt', groupSize: 2 }, { mode: 'constant', maxLength: 5 }] as const) {
      expectGradient((x) => aggregateLoss(x.square(), { ...mode, mask }), loss.div(4), 2e-3);
    }
  });

  it('wants the aggregation of [B, T] named, and says what does not fit', () => {
    expect(() => aggregateLoss(loss)).toThrow("aggregateLoss: a loss [B, T] needs a mode: 'token', 'sequence', 'prompt' or 'constant'");
    expect(() => aggregateLoss(loss, { mode: 'prompt', groupSize: 3 })).toThrow('aggregateLoss: groupSize must divide the 4 sequences, got 3');
    expect(() => aggregateLoss(tf.scalar(1))).toThrow('aggregateLoss: loss must be [B] or [B, T], got []');
  });

  it('leaks nothing', () => {
    const before = tf.memory().numTensors;
    aggregateLoss(loss, { mode: 'sequence', mask }).dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
