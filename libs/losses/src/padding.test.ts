import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { aggregateLoss } from './aggregateLoss.js';
import { binaryCrossEntropy } from './binaryCrossEntropy.js';
import { cispoLoss } from './cispoLoss.js';
import { nllLoss } from './nllLoss.js';
import { policyGradientLoss } from './policyGradientLoss.js';
import { ppoClipLoss } from './ppoClipLoss.js';
import { sequenceLogProb } from './sequenceLogProb.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Batch = { readonly logProb: tf.Tensor; readonly old: tf.Tensor; readonly label: tf.Tensor; readonly advantage: tf.Tensor; readonly mask?: tf.Tensor };

const token = ({ mask }: Batch, loss: tf.Tensor): tf.Scalar => aggregateLoss(loss, { mode: 'sequence', mask });
const surrogate = ({ logProb, old, advantage }: Batch) => ({ logProb, oldLogProb: old, advantage });

const losses: { readonly [name: string]: (batch: Batch) => tf.Scalar } = {
  'ppoClipLoss, token': (x) => token(x, ppoClipLoss(surrogate(x), { clipLow: 0.2, clipHigh: 0.28, dualClip: 3, mask: x.mask, weight: x.advantage.square() })),
  'ppoClipLoss, sequence': (x) => aggregateLoss(ppoClipLoss(surrogate(x), { clipLow: 0.5, clipHigh: 3, mask: x.mask, level: 'sequence' })),
  'ppoClipLoss, geometric': (x) => aggregateLoss(ppoClipLoss(surrogate(x), { clipLow: 0.5, clipHigh: 3, mask: x.mask, level: 'geometric' })),
  'ppoClipLoss, geometricToken': (x) => token(x, ppoClipLoss(surrogate(x), { clipLow: 0.5, clipHigh: 3, mask: x.mask, level: 'geometricToken' })),
  cispoLoss: (x) => token(x, cispoLoss(surrogate(x), { max: 2, mask: x.mask, level: 'geometric' })),
  policyGradientLoss: (x) => token(x, policyGradientLoss(x.logProb, x.advantage, { mask: x.mask })),
  nllLoss: (x) => token(x, nllLoss(x.logProb, { mask: x.mask })),
  binaryCrossEntropy: (x) => token(x, binaryCrossEntropy(x.logProb, x.label, { mask: x.mask })),
  sequenceLogProb: (x) => sequenceLogProb(x.logProb, { reduce: 'mean', mask: x.mask }).sum(),
};

/** Two rows of three tokens, two of them as padding of the given value in front or behind. */
function padded({ logProb, old, label, advantage }: Batch, before: number, value: number): Batch {
  const pad = (x: tf.Tensor, filler: number): tf.Tensor => x.pad([[0, 0], [before, 2 - before]], filler);
  return { logProb: pad(logProb, value), old: pad(old, value), label: pad(label, 0), advantage, mask: pad(tf.ones([2, 3]), 0) };
}

describe('a padded batch has the loss and the gradient of its samples, whatever the padding holds:', () => {
  const rng = Rng.fromSeed(14);
  const batch: Batch = { logProb: rng.uniform([2, 3], -2, -0.1), old: rng.uniform([2, 3], -2, -0.1), label: rng.uniform([2, 3]), advantage: tf.tensor1d([1.5, -0.7]) };

  for (const [name, loss] of Object.entries(losses)) {
    it(name, () => {
      const value = Array.from(loss(batch).dataSync());
      const gradient = tf.grad((x) => loss({ ...batch, logProb: x }))(batch.logProb).dataSync();
      for (const before of [0, 1, 2]) {
        for (const filler of [0, -30, -Infinity, NaN]) {
          const more = padded(batch, before, filler);
          expectClose(loss(more), [], value);
          const found = tf.grad((x) => loss({ ...more, logProb: x }))(more.logProb);
          expectClose(found.slice([0, before], [2, 3]), [2, 3], Array.from(gradient));
          expectClose(found.mul(tf.sub(1, more.mask!)).abs().sum(), [], [0]);
        }
      }
    });
  }
});
