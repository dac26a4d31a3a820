import { Rng, tf, tensorCount } from '@rivulet/engine';
import { vectorize } from '@rivulet/envs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { counter } from '../test/toys.js';
import { environmentActor } from './environmentActor.js';
import { exploringBehaviour } from './exploringBehaviour.js';
import type { Learner } from './learner.js';
import type { OffPolicyConfig } from './offPolicyAlgorithm.js';
import type { PolicyWeights } from './policyWeights.js';
import { type ReplayBatch, replayLearner } from './replayLearner.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** A transition as the learner saw it. */
interface Row {
  readonly observation: number[];
  readonly next: number[];
  readonly reward: number;
  readonly discount: number;
  readonly terminated: number;
  readonly weight: number;
}

const base: OffPolicyConfig = { numEnvs: 2, bufferSize: 100, batchSize: 64, learningStarts: 1, trainFrequency: 24, gradientSteps: 3, discount: 0.5, nStep: 1, normalizeObservation: false, compile: false };

/** A learner that only looks, on two counting copies: the first terminates after 3 steps, the second is truncated after 2. */
function setup(settings: Partial<OffPolicyConfig> = {}, steps = 12) {
  const config = { ...base, ...settings };
  const batches: Row[][] = [];
  const learner: Learner<{ readonly n: tf.Tensor }, ReplayBatch> = {
    init: () => ({ n: tf.scalar(0) }),
    update(state, batch) {
      const [observation, next, reward, discount, terminated, weight] = (['observation', 'nextObservation', 'reward', 'discount', 'terminated', 'weight'] as const).map((name) => Array.from(batch[name].dataSync()));
      batches.push(reward.map((r, i) => ({ observation: observation.slice(2 * i, 2 * i + 2), next: next.slice(2 * i, 2 * i + 2), reward: r, discount: discount[i], terminated: terminated[i], weight: weight[i] })));
      return { state: { n: state.n.add(1) }, metrics: { seen: batch.reward.sum() as tf.Scalar }, priority: batch.reward.mul(2) };
    },
  };
  const env = vectorize(counter({ lengths: [3, 2], terminates: [true, false] }), 2);
  const spaces = { observation: env.observationSpace, action: env.actionSpace };
  const rngs = Rng.fromSeed(5).split(3);
  const behaviour = exploringBehaviour<PolicyWeights>({ spaces, choose: () => tf.zeros([2], 'int32'), numEnvs: 2, uniformSteps: 1e9, rng: rngs[0] });
  const actor = environmentActor({ env, behaviour, steps, rng: rngs[1] });
  const chunkLearner = replayLearner({ learner, acting: ({ n }) => n, spaces, config, updates: 6, rng: rngs[2], compile: false });
  const turn = async () => chunkLearner.learn(await actor.collect(chunkLearner.weights));
  return { actor, learner: chunkLearner, turn, batches };
}

/** Each transition that occurs among the rows, once. */
const distinct = (rows: readonly Row[]): Row[] => [...new Map(rows.map((row) => [row.observation.join(), row])).values()].sort((a, b) => a.observation.join().localeCompare(b.observation.join()));

describe('replayLearner', () => {
  it('stores true transitions: the final observation at an end, no bootstrap at a termination alone', async () => {
    const { turn, batches } = setup();
    await turn();
    expect(distinct(batches.flat())).toEqual([
      { observation: [0, 0], next: [0, 1], reward: 1, discount: 0.5, terminated: 0, weight: 1 },
      { observation: [0, 1], next: [0, 2], reward: 2, discount: 0.5, terminated: 0, weight: 1 },
      { observation: [0, 2], next: [0, 3], reward: 3, discount: 0, terminated: 1, weight: 1 },
      { observation: [1, 0], next: [1, 1], reward: 1, discount: 0.5, terminated: 0, weight: 1 },
      { observation: [1, 1], next: [1, 2], reward: 2, discount: 0.5, terminated: 0, weight: 1 },
    ]);
  });

  it('sums n rewards within an episode, and bootstraps with γⁿ', async () => {
    const { turn, batches } = setup({ nStep: 2 });
    await turn();
    expect(distinct(batches.flat()).map(({ observation, next, reward, discount, terminated }) => [...observation, ...next, reward, discount, terminated])).toEqual([
      [0, 0, 0, 2, 1 + 0.5 * 2, 0.25, 0],
      [0, 1, 0, 3, 2 + 0.5 * 3, 0, 1],
      [0, 2, 0, 3, 3, 0, 1],
      [1, 0, 1, 2, 1 + 0.5 * 2, 0.25, 0],
      [1, 1, 1, 2, 2, 0.5, 0],
    ]);
  });

  it('waits for the warm-up, then makes so many updates a chunk and reports their mean', async () => {
    const { turn, batches, learner } = setup({ learningStarts: 25, batchSize: 8 });
    expect(await turn()).toEqual({});
    expect(learner.updates).toBe(0);
    const { seen } = await turn();
    expect([learner.updates, batches.length]).toEqual([3, 3]);
    const sums = batches.map((rows) => rows.reduce((sum, { reward }) => sum + reward, 0));
    expectClose([seen], [(sums[0] + sums[1] + sums[2]) / 3]);
    await turn();
    expect(learner.updates).toBe(6);
  });

  it('hands priorities back to the sampler, whose weights reach the learner', async () => {
    const { turn, batches, learner } = setup({ prioritized: { alpha: 1, beta: 0.5 } });
    await turn();
    // First draw: all priorities 1, weights 1.
    expect(batches[0].every(({ weight }) => weight === 1)).toBe(true);
    const { arrays } = await learner.snapshot();
    const [priorities, rewards] = [arrays['buffer/sampler/priorities'].data, arrays['buffer/storage/field/reward'].data];
    const drawn = new Set(batches.flat().map(({ observation }) => observation.join()));
    expect(drawn.size).toBe(5);
    priorities.forEach((p, i) => expect([1, 2 * rewards[i] + 1e-6].some((q) => Math.abs(q - p) < 1e-5)).toBe(true));
    expect(priorities.some((p) => p > 5.9)).toBe(true);
    // Weights are in proportion to p^-β, and β grows from 0.5 to 1 over 6 updates: at the third it is 0.5 + 0.5·2/6.
    const weightOf = (reward: number): number => Math.min(...batches[2].filter((row) => row.reward === reward).map(({ weight }) => weight));
    expectClose([weightOf(3) / weightOf(1), weightOf(2) / weightOf(1)], [3 ** -(2 / 3), 2 ** -(2 / 3)], 1e-4);
  });

  it('normalises what it draws by the moments of all that was observed, and hands them to the actor', async () => {
    const { turn, batches, learner } = setup({ normalizeObservation: true });
    await turn();
    const { mean, variance } = learner.weights.normalizer as { mean: tf.Tensor; variance: tf.Tensor };
    // Copy number: half 0, half 1. Count: 0, 1, 2 of the first copy and 0, 1 of the second, equally often each.
    expectClose(mean, [0.5, (1 + 0.5) / 2]);
    expectClose(variance, [0.25, (5 / 3 + 0.5) / 2 - 0.75 ** 2]);
    const sd = Math.sqrt((5 / 3 + 0.5) / 2 - 0.75 ** 2);
    expectClose(distinct(batches.flat())[0].observation, [-1, (0 - 0.75) / sd], 1e-4);
    expectClose([...new Set(batches.flat().map(({ next }) => next[1]))].sort((a, b) => a - b), [1, 2, 3].map((k) => (k - 0.75) / sd), 1e-4);
  });

  it('frees everything', async () => {
    const before = tensorCount();
    const { turn, learner, actor } = setup({ prioritized: { alpha: 1, beta: 1 }, normalizeObservation: true, batchSize: 4 });
    await turn();
    learner.dispose();
    actor.dispose();
    expect(tensorCount()).toBe(before);
  });
});
