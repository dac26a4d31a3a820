import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, it } from 'vitest';
import { expectCompiled } from '../test/expectCompiled.js';
import { aggregateLoss } from './aggregateLoss.js';
import { binaryCrossEntropy } from './binaryCrossEntropy.js';
import { bradleyTerryLoss } from './bradleyTerryLoss.js';
import { cispoLoss } from './cispoLoss.js';
import { clipFraction } from './clipFraction.js';
import { dpoLoss } from './dpoLoss.js';
import { ktoLoss } from './ktoLoss.js';
import { nllLoss } from './nllLoss.js';
import { oddsRatioLoss } from './oddsRatioLoss.js';
import { pairLogRatioLoss } from './pairLogRatioLoss.js';
import { plackettLuceLoss } from './plackettLuceLoss.js';
import { ppoClipLoss } from './ppoClipLoss.js';
import { sequenceLogProb } from './sequenceLogProb.js';
import { tokenMask } from './tokenMask.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Inputs = { readonly [name: string]: tf.Tensor };

describe('the losses for language models compiled, value and gradient', () => {
  const rng = Rng.fromSeed(12);
  const [B, T] = [4, 5];
  const inputs: Inputs = {
    tokens: rng.uniform([B, T], -3, -0.1),
    old: rng.uniform([B, T], -3, -0.1),
    mask: rng.uniform([B, T]).greater(0.3).toFloat(),
    perToken: rng.normal([B, T]),
    perRow: rng.normal([B]),
    row: rng.uniform([B], -3, -0.1),
    other: rng.uniform([B], -3, -0.1),
    referenceRow: rng.uniform([B], -3, -0.1),
    referenceOther: rng.uniform([B], -3, -0.1),
    label: rng.uniform([B]).greater(0.5).toFloat(),
  };
  const surrogate = ({ tokens, old, perRow }: Inputs) => ({ logProb: tokens, oldLogProb: old, advantage: perRow });
  const pair = (x: Inputs) => ({ chosen: x.row, rejected: x.other, chosenReference: x.referenceRow, rejectedReference: x.referenceOther });

  const ofTokens: { readonly [name: string]: (x: Inputs) => tf.Tensor } = {
    'ppoClipLoss, token': (x) => ppoClipLoss({ ...surrogate(x), advantage: x.perToken }, { clipLow: 0.2, clipHigh: 0.28, dualClip: 3, mask: x.mask, weight: x.label }),
    'ppoClipLoss, geometric': (x) => ppoClipLoss(surrogate(x), { clipLow: 0.2, clipHigh: 0.28, mask: x.mask, level: 'geometric' }),
    'ppoClipLoss, geometricToken': (x) => ppoClipLoss({ ...surrogate(x), advantage: x.perToken }, { clipLow: 0.2, clipHigh: 0.28, mask: x.mask, level: 'geometricToken' }),
    cispoLoss: (x) => cispoLoss(surrogate(x), { max: 2, min: 0.5, mask: x.mask, weight: x.label }),
    'cispoLoss, sequence': (x) => cispoLoss(surrogate(x), { max: 2, level: 'sequence', mask: x.mask }),
    'nllLoss, rejection': (x) => nllLoss(x.tokens, { mask: x.mask, weight: x.label }),
    'binaryCrossEntropy, steps': (x) => binaryCrossEntropy(x.tokens, x.mask, { mask: x.mask }),
    'sequenceLogProb, sum': (x) => sequenceLogProb(x.tokens, { reduce: 'sum', mask: x.mask }),
    'sequenceLogProb, mean': (x) => sequenceLogProb(x.tokens, { reduce: 'mean', mask: x.mask }),
    plackettLuceLoss: (x) => plackettLuceLoss(x.tokens),
    'plackettLuceLoss, masked': (x) => plackettLuceLoss(x.tokens, { mask: x.mask, places: 3 }),
    'aggregateLoss, parts of a batch': (x) => aggregateLoss(x.tokens, { mode: 'sequence', mask: x.mask, total: 9 }),
    'aggregateLoss, prompt': (x) => aggregateLoss(x.tokens, { mode: 'prompt', groupSize: 2, mask: x.mask }),
    'tokenMask beside a loss': (x) => x.tokens.mul(tokenMask([B, T], { truncated: x.label, score: { of: x.perToken, quantile: 0.4 } })),
    'tokenMask by response beside a loss': (x) => x.tokens.mul(tokenMask([B, T], { score: { of: x.perToken, quantile: 0.4, per: 'response' } })),
    'clipFraction beside a loss': (x) => x.tokens.add(clipFraction(surrogate(x), { clipLow: 0.2, clipHigh: 0.28, mask: x.mask })),
  };

  const ofRows: { readonly [name: string]: (x: Inputs) => tf.Tensor } = {
    dpoLoss: (x) => dpoLoss(pair(x), { beta: 0.3, labelSmoothing: 0.1, robust: true }),
    'dpoLoss, hinge': (x) => dpoLoss(pair(x), { beta: 0.3, form: 'hinge', margin: x.label }),
    'dpoLoss, reference-free': (x) => dpoLoss({ chosen: x.row, rejected: x.other }, { beta: 2, margin: 0.5 }),
    'dpoLoss, forward KL': (x) => dpoLoss(pair(x), { beta: 0.3, divergence: 'forwardKl' }),
    'dpoLoss, Jensen-Shannon': (x) => dpoLoss(pair(x), { beta: 0.3, divergence: 'js' }),
    'dpoLoss, alpha': (x) => dpoLoss(pair(x), { beta: 0.3, divergence: { alpha: 0.5 } }),
    pairLogRatioLoss: (x) => pairLogRatioLoss(x.row.sub(x.referenceRow), x.other.sub(x.referenceOther), 2.5),
    ktoLoss: (x) => ktoLoss({ logProb: x.row, referenceLogProb: x.referenceRow, desirable: x.label, mismatchedLogRatio: x.perRow }, { beta: 0.3, undesirableWeight: 2 }),
    oddsRatioLoss: (x) => oddsRatioLoss({ chosen: x.row, rejected: x.other }),
    bradleyTerryLoss: (x) => bradleyTerryLoss(x.row, x.other, { label: x.label, margin: 0.2, centering: 0.01 }),
  };

  for (const [name, loss] of Object.entries(ofTokens)) it(name, () => expectCompiled(loss, inputs, 'tokens'));
  for (const [name, loss] of Object.entries(ofRows)) it(name, () => expectCompiled(loss, inputs, 'row'));
});
