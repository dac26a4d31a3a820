import { Rng, tf } from '@rivulet/engine';
import { vectorize } from '@rivulet/envs';
import type { Distribution } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { patience } from '../test/toys.js';
import { a2c, a2cObjective } from './a2c.js';
import { a2cConfig } from './a2cConfig.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const inputs = () => ({
  batch: {
    observation: tf.zeros([2, 1]),
    action: tf.zeros([2], 'int32'),
    logProb: tf.tensor1d([-9, -9]),
    advantage: tf.tensor1d([2, -1]),
    returns: tf.tensor1d([2, 1]),
    value: tf.tensor1d([7, 7]),
  },
  policy: { entropy: () => tf.tensor1d([0.5, 0.7]) } as unknown as Distribution,
  logProb: tf.tensor1d([-0.3, -1.6]),
  value: tf.tensor1d([1, 3]),
  step: tf.scalar(0),
});

describe('a2cObjective', () => {
  it('adds policy gradient, value loss and entropy, whatever the old policy said', () => {
    const { loss, metrics } = a2cObjective(a2cConfig.parse({ entropyCoefficient: 0.01 }))(inputs());
    // -(2·-0.3 + -1·-1.6)/2; (1 + 4)/2; 0.6
    expectClose([metrics['policy'], metrics['value'], metrics['entropy'], loss].map((x) => x.dataSync()[0]), [-0.5, 2.5, 0.6, -0.5 + 1.25 - 0.006]);
  });

  it('standardises advantages where asked', () => {
    const { metrics } = a2cObjective(a2cConfig.parse({ normalizeAdvantage: true }))(inputs());
    const a = 1.5 / Math.sqrt(4.5);
    expectClose(metrics['policy'], [-(a * -0.3 - a * -1.6) / 2]);
  });
});

describe('a2c', () => {
  it('makes one update of the whole rollout', async () => {
    const rows: number[] = [];
    const algorithm = a2c({ numEnvs: 3, rolloutSteps: 4, hidden: [4] }, { objective: ({ value }) => (rows.push(value.shape[0] as number), { loss: value.mean(), metrics: {} }) });
    const { actor, learner } = algorithm.start(algorithm.adapt(vectorize(patience('discrete'), 3)), Rng.fromSeed(1), 100);
    await learner.learn(await actor.collect(learner.weights));
    expect([learner.updates, ...rows]).toEqual([1, 12]);
    actor.dispose();
    learner.dispose();
  });
});
