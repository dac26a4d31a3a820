import { flatten, type HostBatch, ndarray, type NdArray, Rng, sgd, tensorCount, tf, type Tree, treeSnapshot } from '@rivulet/engine';
import { causalTransformer } from '@rivulet/networks';
import type { RatioOptions } from '@rivulet/returns';
import type { Actor, Chunk } from '@rivulet/streams';
import { beforeAll, describe, expect, it } from 'vitest';
import { advance } from '../../../test/advance.js';
import { disposed } from '../../../test/disposed.js';
import { expectToContinue } from '../../../test/expectToContinue.js';
import { echo, tokenizer } from '../../../test/echoTask.js';
import { correctedAdvantage } from '../methods/correctedAdvantage.js';
import { evaluateTask } from '../evaluateTask.js';
import { grpo } from '../methods/grpo.js';
import { grpoConfig } from '../methods/grpoConfig.js';
import { grpoObjective } from '../methods/grpoObjective.js';
import { reuseRollouts } from './reuseRollouts.js';
import { rolloutMetrics } from '../rolloutMetrics.js';
import { taskActor } from './taskActor.js';
import { tokenGenerator } from '../generation/tokenGenerator.js';
import { tokenLearner } from '../tokenLearner.js';
import { tokenPolicy } from '../tokenPolicy.js';
import { wholeModel } from '../wholeModel.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const float = (shape: number[], ...values: number[]): NdArray<'float32'> => ndarray('float32', shape, Float32Array.from(values));

/** Chunks of two rows that hold their number, in arrays that the next chunk overwrites. */
function counter(): Actor<Tree, HostBatch> & { disposed: boolean } {
  let n = 0;
  const data = { reward: ndarray('float32', [2]), tokens: ndarray('int32', [2, 2]) };
  return {
    disposed: false,
    collect() {
      n++;
      data.reward.data.fill(n);
      data.tokens.data.fill(10 * n);
      return { data, steps: n, episodes: [{ return: n, length: 1 }] };
    },
    snapshot: () => ({ arrays: {}, data: { n } }),
    restore(snapshot) {
      n = Number(snapshot.data.n);
    },
    dispose() {
      this.disposed = true;
    },
  };
}

describe('reuseRollouts', () => {
  const weights = {} as Tree;
  const collected = async (actor: Actor<Tree, HostBatch>, chunks: number): Promise<Chunk<HostBatch>[]> => {
    const seen: Chunk<HostBatch>[] = [];
    for (let i = 0; i < chunks; i++) seen.push(await actor.collect(weights));
    return seen;
  };

  it('gives the newest rows, then those of the rollouts before, and counts steps once', async () => {
    const chunks = await collected(reuseRollouts(counter(), { rounds: 2 }), 4);
    expect(chunks.map(({ data }) => Array.from(data.reward.data))).toEqual([[1, 1], [2, 2, 1, 1], [3, 3, 2, 2, 1, 1], [4, 4, 3, 3, 2, 2]]);
    expect(Array.from(chunks[3].data.tokens.data)).toEqual([40, 40, 40, 40, 30, 30, 30, 30, 20, 20, 20, 20]);
    expect(chunks[3].data.tokens.shape).toEqual([6, 2]);
    expect(Array.from(chunks[3].data.age.data)).toEqual([0, 0, 1, 1, 2, 2]);
    expect(chunks.map(({ steps, episodes }) => [steps, episodes.map((episode) => episode.return)])).toEqual([[1, [1]], [2, [2]], [3, [3]], [4, [4]]]);
  });

  it('is the actor itself with nothing to reuse, and disposes of it otherwise', () => {
    const actor = counter();
    expect(reuseRollouts(actor, { rounds: 0 })).toBe(actor);
    reuseRollouts(actor, { rounds: 1 }).dispose();
    expect(actor.disposed).toBe(true);
  });

  it('continues exactly from a snapshot, also of its beginning', async () => {
    for (const before of [0, 1, 3]) {
      const [whole, resumed] = [reuseRollouts(counter(), { rounds: 2 }), reuseRollouts(counter(), { rounds: 2 })];
      await collected(whole, before);
      const stored = await whole.snapshot();
      await collected(resumed, 1);
      const expected = await collected(whole, 2);
      await resumed.restore(stored);
      expect(await collected(resumed, 2)).toEqual(expected);
    }
  });

  it('says what is wrong', async () => {
    expect(() => reuseRollouts(counter(), { rounds: 1.5 })).toThrow('rounds must be an integer of at least 0, got 1.5');
    const long = reuseRollouts(counter(), { rounds: 2 });
    await collected(long, 2);
    await expect(Promise.resolve(reuseRollouts(counter(), { rounds: 1 }).restore(await long.snapshot()))).rejects.toThrow('the snapshot holds 2 rollouts, expected at most 1');
    const odd = counter();
    const changing = reuseRollouts({ ...odd, collect: async () => ({ ...(await odd.collect(weights)), data: { reward: float([1, ++width], ...new Array<number>(width).fill(0)) } }) }, { rounds: 1 });
    let width = 0;
    await collected(changing, 1);
    await expect(collected(changing, 1)).rejects.toThrow("'reward' must be float32 [N, 2] in all rollouts, one has float32 [1, 1]");
  });

  it('leaves the metrics of a rollout to its new rows', () => {
    const written = float([4, 2], 1, 0, 1, 1, 1, 1, 1, 1);
    const reward = float([4], 1, 1, 0, 1);
    expect(rolloutMetrics({ reward, written, age: ndarray('int32', [4], Int32Array.of(0, 0, 1, 1)) }, 2)).toEqual({ reward: 1, length: 1.5, solvedGroups: 1, uninformativeGroups: 1 });
    expect(rolloutMetrics({ reward, written }, 2)).toMatchObject({ reward: 0.75, uninformativeGroups: 0.5 });
  });
});

describe('correctedAdvantage', () => {
  // Ratios of tokens: 2 and 3 (its third place is empty), and 4, 1/4, 2.
  const ln = (...values: number[]): NdArray<'float32'> => float([2, 3], ...values.map(Math.log));
  const written = float([2, 3], 1, 1, 0, 1, 1, 1);
  const input = { logProb: ln(0.4, 0.6, 1, 0.8, 0.1, 0.6), behaviourLogProb: ln(0.2, 0.2, 1, 0.2, 0.4, 0.3), written };

  it.each<[RatioOptions, number[], number]>([
    [{ level: 'token' }, [4, 6, 2, -4, -0.25, -2], (2 + 3 + 4 + 0.25 + 2) / 5],
    [{ level: 'token', truncate: 2 }, [4, 4, 2, -2, -0.25, -2], (2 + 2 + 2 + 0.25 + 2) / 5],
    [{ level: 'sequence' }, [12, -2], 4],
    [{ level: 'sequence', truncate: 5 }, [10, -2], 3.5],
    [{ level: 'geometric' }, [2 * Math.sqrt(6), -(2 ** (1 / 3))], (Math.sqrt(6) + 2 ** (1 / 3)) / 2],
  ])('weighs completions by hand: %j', async (options, expected, weight) => {
    const { advantage, metrics } = await correctedAdvantage({ ...input, advantage: float([2], 2, -1) }, options);
    expect(advantage.shape).toEqual(options.level === 'token' ? [2, 3] : [2]);
    expected.forEach((value, i) => expect(advantage.data[i]).toBeCloseTo(value, 4));
    expect(metrics.importanceWeight).toBeCloseTo(weight, 4);
    const k3 = [2, 3, 4, 0.25, 2].reduce((sum, ratio) => sum + ratio - 1 - Math.log(ratio), 0) / 5;
    expect(metrics.behaviourKl).toBeCloseTo(k3, 4);
  });

  it('weighs advantages of tokens by a ratio of the completion', async () => {
    const { advantage } = await correctedAdvantage({ ...input, advantage: float([2, 3], 1, 2, 3, -1, 0.5, 1) }, { level: 'sequence' });
    [6, 12, 18, -2, 1, 2].forEach((value, i) => expect(advantage.data[i]).toBeCloseTo(value, 4));
  });

  it('leaves no tensor behind', async () => {
    const before = tensorCount();
    await correctedAdvantage({ ...input, advantage: float([2], 2, -1) }, { level: 'token' });
    expect(tensorCount()).toBe(before);
  });
});

const model = causalTransformer({ vocab: tokenizer.vocabSize, dim: 32, layers: 1, heads: 2, context: 8 });
const policy = wholeModel(model);
const room = { promptTokens: 2, newTokens: 3 };

describe('correction in a learner', () => {
  const config = grpoConfig.parse({ newTokens: 3 });
  const start = () => model.init(Rng.fromSeed(1)) as Tree;

  /** One step of gradient descent on a rollout: by how much each parameter moves, and what is reported. */
  async function step(rollout: HostBatch, correction?: RatioOptions): Promise<{ readonly moved: Float64Array; readonly metrics: { readonly [name: string]: number } }> {
    const from = start();
    const learner = tokenLearner({
      policy,
      learner: tokenPolicy(policy, { objective: grpoObjective(config), optimizer: flatten(sgd(1)), newTokens: 3 }),
      prepare: async ({ reward }) => ({ advantage: float(reward.shape as number[], ...Array.from(reward.data, (value) => value - 0.5)), metrics: {} }),
      groupSize: 1,
      minibatchGroups: 16,
      epochs: 1,
      newTokens: 3,
      correction,
      from,
      rng: Rng.fromSeed(2),
    });
    const metrics = await learner.learn({ data: rollout, steps: 0, episodes: [] });
    const [before, after] = [await treeSnapshot(from), await treeSnapshot(learner.weights)];
    learner.dispose();
    tf.dispose(from as never);
    return { moved: Float64Array.from(Object.keys(before.arrays).flatMap((path) => Array.from(after.arrays[path].data, (value, i) => value - before.arrays[path].data[i]))), metrics };
  }

  async function freshRollout(): Promise<HostBatch> {
    const generator = tokenGenerator({ model, rows: 16, ...room, eos: 0 });
    const actor = taskActor({ task: echo, tokenizer, generator, room, prompts: 16, groupSize: 1, rng: Rng.fromSeed(3) });
    const from = start();
    const { data } = await actor.collect(from);
    actor.dispose();
    tf.dispose(from as never);
    return data;
  }

  const furthest = (a: Float64Array, b: Float64Array): number => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);

  it.each(['token', 'trajectory', 'sequence', 'geometric'] as const)('changes nothing on the policy that wrote: %s', async (level) => {
    const rollout = await freshRollout();
    const plain = await step(rollout);
    const corrected = await step(rollout, { level, truncate: 2 });
    expect(corrected.metrics.importanceWeight).toBeCloseTo(1, 5);
    expect(corrected.metrics.behaviourKl).toBeLessThan(1e-9);
    expect(furthest(plain.moved, plain.moved.map(() => 0))).toBeGreaterThan(1e-3);
    expect(furthest(corrected.moved, plain.moved)).toBeLessThan(1e-5);
  });

  it('weighs by how much likelier the tokens have become, and clips around the newest policy', async () => {
    const rollout = await freshRollout();
    const plain = await step(rollout);
    // Who wrote found every token half as likely as the newest policy does.
    const { logProb, ...rest } = rollout;
    const stale = { ...rest, logProb: float(logProb.shape as number[], ...Array.from(logProb.data, (value) => value - Math.log(2))) };
    const corrected = await step(stale, { level: 'token' });
    expect(corrected.metrics.importanceWeight).toBeCloseTo(2, 4);
    expect(corrected.metrics.clipFraction).toBe(0);
    expect(furthest(corrected.moved, plain.moved.map((value) => 2 * value))).toBeLessThan(1e-5);
    const truncated = await step(stale, { level: 'geometric', truncate: 1.5 });
    expect(furthest(truncated.moved, plain.moved.map((value) => 1.5 * value))).toBeLessThan(1e-5);
    // Without it, all ratios are 2 and outside the range: right answers teach nothing.
    const uncorrected = await step(stale);
    expect(uncorrected.metrics.clipFraction).toBe(1);
  });
});

const training = (seed: number) => ({ policy, task: echo, tokenizer, promptTokens: 2, rng: Rng.fromSeed(seed) });
const small = { prompts: 16, groupSize: 4, newTokens: 3, minibatchPrompts: 16, learningRate: 3e-3, entropyCoefficient: 0.01 } as const;

describe('grpo that reuses completions', () => {
  it.each([
    { correction: 'token' as const },
    { correction: 'sequence' as const, level: 'sequence' as const },
    { correction: 'geometric' as const, level: 'geometric' as const, clipLow: 0.05, clipHigh: 0.05 },
  ])('learns to repeat a letter: %j', async (settings) => {
    const run = grpo({ ...small, reuse: 3, ...settings }, training(1));
    const seen = await advance(run, 40);
    expect(seen[0].reward).toBeLessThan(0.3);
    expect(seen[0].behaviourKl).toBeLessThan(1e-9);
    expect(seen[3].behaviourKl).toBeGreaterThan(1e-4);
    expect(run.learner.updates).toBe(1 + 2 + 3 + 37 * 4);
    const generator = tokenGenerator({ model, rows: 16, ...room, eos: 0, greedy: true });
    const { accuracy } = await evaluateTask(run.learner.weights, { task: echo, tokenizer, generator, problems: 32, rng: Rng.fromSeed(3) });
    expect(accuracy).toBe(1);
    disposed(run);
    await generator.dispose();
  });

  it.each([1, 4])('continues exactly from a snapshot after %i rounds', async (rounds) => {
    const settings = { ...small, reuse: 2, correction: 'token', klCoefficient: 0.1 } as const;
    await expectToContinue((seed) => grpo(settings, training(seed)), { before: rounds, after: 3 });
  });

  it('wants a ratio that fits the surrogate', () => {
    expect(() => grpo({ ...small, level: 'geometric', correction: 'token' }, training(1))).toThrow("with level 'geometric' a completion has one ratio, so the correction must be 'sequence' or 'geometric', got 'token'");
  });
});
