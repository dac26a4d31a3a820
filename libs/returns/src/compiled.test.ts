import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, it } from 'vitest';
import { expectCompiled } from '../test/expectCompiled.js';
import { advantageNormalization } from './advantageNormalization.js';
import { compositeReward } from './compositeReward.js';
import { groupAdvantage } from './groupAdvantage.js';
import { implicitReward } from './implicitReward.js';
import { importanceRatio } from './importanceRatio.js';
import { lengthReward } from './lengthReward.js';
import { logMeanExpValue } from './logMeanExpValue.js';
import { penalizedReward } from './penalizedReward.js';
import { processAdvantage } from './processAdvantage.js';
import { processRewardShaping } from './processRewardShaping.js';
import { rejectionWeight } from './rejectionWeight.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Inputs = { readonly [name: string]: tf.Tensor };

describe('the blocks for sampled answers compiled', () => {
  const rng = Rng.fromSeed(11);
  const binary = (shape: number[]): tf.Tensor => rng.uniform(shape).greater(0.4).toFloat();
  const inputs = { reward: rng.normal([3, 5]), mask: binary([3, 5]), old: rng.normal([3, 5]), length: rng.uniform([3, 5], 1, 40), row: rng.normal([3]), steps: rng.normal([2, 3, 5]), ends: binary([2, 3, 5]) };

  const cases: { readonly [name: string]: (x: Inputs) => tf.Tensor } = {
    'groupAdvantage, group': ({ reward }) => groupAdvantage(reward),
    'groupAdvantage, leave one out': ({ reward, mask }) => groupAdvantage(reward, { center: 'leaveOneOut', scale: 'none', mask }),
    'groupAdvantage, batch': ({ reward, mask }) => groupAdvantage(reward, { center: 'batch', scale: 'batch', mask }),
    'groupAdvantage, constant': ({ reward, row }) => groupAdvantage(reward, { center: 'constant', baseline: row, scale: 'none' }),
    advantageNormalization: ({ reward, mask }) => advantageNormalization(reward, { mask }),
    processAdvantage: ({ steps, ends }) => processAdvantage(steps, ends),
    logMeanExpValue: ({ steps }) => logMeanExpValue(steps, 2),
    'logMeanExpValue, hard': ({ steps }) => logMeanExpValue(steps, Infinity),
    processRewardShaping: ({ reward, mask }) => processRewardShaping(reward, mask, { clip: 0.1, delta: true }),
    'penalizedReward, token': ({ row, mask, reward }) => penalizedReward({ outcome: row, mask, penalty: reward }, { placement: 'token', coefficient: 0.1 }),
    'penalizedReward, sequence': ({ row, mask, reward }) => penalizedReward({ outcome: row, mask, penalty: reward }, { placement: 'sequence' }),
    'lengthReward, overlong': ({ length }) => lengthReward(length, { form: 'overlong', maxLength: 30, buffer: 10 }),
    'lengthReward, linear': ({ length }) => lengthReward(length, { form: 'linear', maxLength: 30 }),
    'lengthReward, inverse': ({ length }) => lengthReward(length, { form: 'inverse' }),
    'lengthReward, target': ({ length }) => lengthReward(length, { form: 'target', target: 12 }),
    'lengthReward, sigmoid': ({ length, mask }) => lengthReward(length, { form: 'sigmoid', correct: mask }),
    'lengthReward, relative': ({ length, mask }) => lengthReward(length, { form: 'relative', correct: mask }),
    'compositeReward, sum': ({ reward, mask }) => compositeReward({ mask, reward }, { combine: 'sum', weights: { mask: 2 } }),
    'compositeReward, product': ({ reward, mask }) => compositeReward({ mask, reward }, { combine: 'product' }),
    'compositeReward, gated': ({ reward, mask }) => compositeReward({ mask, reward }, { combine: 'gated', gates: { mask: 1 } }),
    implicitReward: ({ reward, old, mask }) => implicitReward(reward, old, { beta: 0.1, mask }),
    'rejectionWeight, above': ({ reward }) => rejectionWeight(reward, { keep: 'above', threshold: 0 }),
    'rejectionWeight, best': ({ reward }) => rejectionWeight(reward, { keep: 'best', threshold: 0 }),
    'importanceRatio, token': ({ reward, old, mask }) => importanceRatio({ logProb: reward, behaviourLogProb: old, mask }, { level: 'token', reject: { below: 0.2, above: 4 }, truncate: 2, floor: 0.5, selfNormalize: true }),
    'importanceRatio, trajectory': ({ reward, old, mask }) => importanceRatio({ logProb: reward, behaviourLogProb: old, mask }, { level: 'trajectory' }),
    'importanceRatio, geometric': ({ reward, old, mask }) => importanceRatio({ logProb: reward, behaviourLogProb: old, mask }, { level: 'geometric', selfNormalize: true }),
  };

  for (const [name, block] of Object.entries(cases)) it(name, () => expectCompiled(block, inputs));
});
