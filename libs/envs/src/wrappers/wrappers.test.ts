import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import {
  allocateRows,
  box,
  cartPole,
  checkFinite,
  checkVectorEnv,
  clipAction,
  discrete,
  frameStack,
  normalizeObservation,
  normalizeReward,
  oneHotObservation,
  pendulum,
  recordEpisodes,
  rescaleAction,
  runningMoments,
  taxi,
  timeLimit,
  vectorize,
  vectorizeEnv,
  toEnv,
  type AutoReset,
  type Box,
  type Discrete,
  type EnvDefinition,
  type Rows,
  type VectorEnv,
} from '../index.js';

const MODES: readonly AutoReset[] = ['sameStep', 'nextStep', 'disabled'];

/** Counts its steps; copy i ends after 3 + i steps; observation [10 · episode + steps], reward = steps. */
const counting: EnvDefinition<Box, Discrete> = {
  id: 'Counting',
  observationSpace: box({ low: -1, high: 1e6 }),
  actionSpace: discrete(2),
  stateSize: 2,
  reset({ state, numEnvs: n }, i) {
    state[i] = 0;
    state[n + i] += 10;
  },
  step({ state, reward, terminated }, _actions, from, to) {
    for (let i = from; i < to; i++) {
      reward[i] = ++state[i];
      terminated[i] = state[i] === 3 + i ? 1 : 0;
    }
  },
  observe({ state, numEnvs: n }, out, from, to) {
    for (let i = from; i < to; i++) out[i] = state[n + i] + state[i];
  },
};

function randomActions(env: VectorEnv, rng: Rng): Rows {
  const rows = allocateRows(env.actionSpace, env.numEnvs);
  for (let i = 0; i < rows.length; i++) rows[i] = env.actionSpace.kind === 'discrete' ? rng.nextInt(env.actionSpace.n) : rng.nextUniform(-1, 1);
  return rows;
}

/** Steps as a loop would, resetting ended copies itself when auto-reset is off; returns everything seen, as plain numbers. */
function play(env: VectorEnv, rng: Rng, steps: number): number[][] {
  const width = allocateRows(env.observationSpace, 1).length;
  return Array.from({ length: steps }, () => {
    const step = env.step(randomActions(env, rng));
    const over = step.terminated.map((x, i) => x | step.truncated[i]);
    const finals = [...step.finalObservation].filter((_, k) => over[Math.floor(k / width)] === 1);
    const seen = [...step.observation, ...step.reward, ...step.terminated, ...step.truncated, ...finals];
    if (env.autoReset === 'disabled' && over.includes(1)) seen.push(...env.reset({ mask: over }));
    return seen;
  });
}

const WRAPPERS: readonly (readonly [string, (mode: AutoReset) => VectorEnv])[] = [
  ['nothing', (autoReset) => vectorize(cartPole, 3, { autoReset })],
  ['single envs in a loop', (autoReset) => vectorizeEnv(() => toEnv(cartPole), 3, { autoReset, maxEpisodeSteps: 12 })],
  ['timeLimit', (autoReset) => timeLimit(vectorize(cartPole, 3, { autoReset }), 11)],
  ['normalizeObservation', (autoReset) => normalizeObservation(vectorize(cartPole, 3, { autoReset }), { clip: 5 })],
  ['normalizeReward', (autoReset) => normalizeReward(vectorize(pendulum, 3, { autoReset, maxEpisodeSteps: 7 }))],
  ['frameStack', (autoReset) => frameStack(vectorize(cartPole, 3, { autoReset }), 3)],
  ['clipAction', (autoReset) => clipAction(vectorize(pendulum, 3, { autoReset, maxEpisodeSteps: 7 }))],
  ['rescaleAction', (autoReset) => rescaleAction(vectorize(pendulum, 3, { autoReset, maxEpisodeSteps: 7 }))],
  ['recordEpisodes', (autoReset) => recordEpisodes(vectorize(cartPole, 3, { autoReset }))],
  ['oneHotObservation', (autoReset) => oneHotObservation(vectorize(taxi, 3, { autoReset, maxEpisodeSteps: 7 }))],
  ['checkFinite', (autoReset) => checkFinite(vectorize(cartPole, 3, { autoReset }))],
  ['a tower of them', (autoReset) => normalizeReward(frameStack(normalizeObservation(recordEpisodes(timeLimit(vectorize(cartPole, 3, { autoReset }), 11))), 2))],
];

describe.each(WRAPPERS)('%s', (_, make) => {
  it.each(MODES)('resumes exactly, and repeats under a seed (%s)', async (mode) => {
    const env = make(mode);
    env.reset({ seed: 3 });
    play(env, Rng.fromSeed(1), 40);
    const snapshot = await env.snapshot();
    const on = play(env, Rng.fromSeed(2), 40);
    const other = make(mode);
    await other.restore(snapshot);
    expect(play(other, Rng.fromSeed(2), 40)).toEqual(on);
    await env.restore(snapshot);
    expect(play(env, Rng.fromSeed(2), 40)).toEqual(on);
    // The snapshot survived both.
    await env.restore(snapshot);
    expect(await env.snapshot()).toEqual(snapshot);
  });

  it('repeats under a seed', () => {
    const runs = [7, 7, 8].map((seed) => {
      const env = make('sameStep');
      return [[...env.reset({ seed })], ...play(env, Rng.fromSeed(1), 30)];
    });
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]);
  });
});

describe('the conformance kit', () => {
  // Normalisers are left out while they learn: their statistics tie the copies together.
  it.each(WRAPPERS.filter(([name]) => !name.startsWith('normalize') && name !== 'a tower of them'))('passes %s', async (_, make) => {
    const results = await checkVectorEnv((n, { autoReset }) => (n === 3 ? make(autoReset) : vectorize(cartPole, n, { autoReset })), { steps: 60 });
    expect(results.filter((result) => !result.passed)).toEqual([]);
  });

  it('passes normalisers that stand still', async () => {
    const make = (autoReset: AutoReset) => normalizeReward(normalizeObservation(vectorize(cartPole, 3, { autoReset }), { updating: false }), { updating: false });
    const results = await checkVectorEnv((_, { autoReset }) => make(autoReset), { steps: 60 });
    expect(results.filter((result) => !result.passed)).toEqual([]);
  });
});

describe('timeLimit', () => {
  it.each(MODES)('equals the limit of vectorize (%s)', (mode) => {
    const wrapped = timeLimit(vectorize(counting, 3, { autoReset: mode }), 4);
    const built = vectorize(counting, 3, { autoReset: mode, maxEpisodeSteps: 4 });
    // A cut copy is stepped once more inside, but the counting env has no memory of that.
    expect([...wrapped.reset()]).toEqual([...built.reset()]);
    expect(play(wrapped, Rng.fromSeed(0), 30)).toEqual(play(built, Rng.fromSeed(0), 30));
  });

  it('gives the true final observation, and starts anew', () => {
    const env = timeLimit(vectorize(counting, 2), 2);
    env.reset();
    env.step(new Int32Array(2));
    const step = env.step(new Int32Array(2));
    expect([...step.finalObservation]).toEqual([12, 12]);
    expect([...step.observation]).toEqual([20, 20]);
    expect([[...step.truncated], [...step.terminated]]).toEqual([
      [1, 1],
      [0, 0],
    ]);
  });

  it("refuses to step an ended copy when auto-reset is 'disabled'", () => {
    const env = timeLimit(vectorize(counting, 1, { autoReset: 'disabled' }), 1);
    env.reset();
    env.step(new Int32Array(1));
    expect(() => env.step(new Int32Array(1))).toThrow('the episode of copy 0 has ended');
    env.reset({ mask: Uint8Array.of(1) });
    expect(env.step(new Int32Array(1)).truncated[0]).toBe(1);
  });
});

describe('recordEpisodes', () => {
  it.each(MODES)('is exact (%s)', (mode) => {
    const env = recordEpisodes(vectorize(counting, 2, { autoReset: mode }));
    env.reset();
    play(env, Rng.fromSeed(0), mode === 'nextStep' ? 9 : 8);
    // Copy 0: 1 + 2 + 3 in 3 steps; copy 1: 1 + 2 + 3 + 4 in 4. Under 'nextStep' a reset takes a step of its own.
    const [short, long] = [
      { return: 6, length: 3 },
      { return: 10, length: 4 },
    ];
    expect(env.drain()).toEqual([short, long, short, long]);
    expect(env.drain()).toEqual([]);
  });

  it('does not count episodes cut off by a reset', () => {
    const env = recordEpisodes(vectorize(counting, 2));
    env.reset();
    play(env, Rng.fromSeed(0), 2);
    env.reset({ mask: Uint8Array.of(1, 0) });
    play(env, Rng.fromSeed(0), 2);
    expect(env.drain()).toEqual([{ return: 10, length: 4 }]);
    play(env, Rng.fromSeed(0), 1);
    expect(env.drain()).toEqual([{ return: 6, length: 3 }]);
  });
});

describe('frameStack', () => {
  it.each(MODES)('stacks the frames of one episode, also the final ones (%s)', (mode) => {
    const env = frameStack(vectorize(counting, 1, { autoReset: mode }), 3);
    expect(env.observationSpace).toMatchObject({ kind: 'box', shape: [3, 1] });
    expect([...env.reset()]).toEqual([10, 10, 10]);
    const action = new Int32Array(1);
    expect([...env.step(action).observation]).toEqual([10, 10, 11]);
    expect([...env.step(action).observation]).toEqual([10, 11, 12]);
    const end = env.step(action);
    expect([...end.finalObservation]).toEqual([11, 12, 13]);
    expect([...end.observation]).toEqual(mode === 'sameStep' ? [20, 20, 20] : [11, 12, 13]);
    if (mode === 'nextStep') expect([...env.step(action).observation]).toEqual([20, 20, 20]);
    if (mode === 'disabled') expect([...env.reset({ mask: Uint8Array.of(1) })]).toEqual([20, 20, 20]);
    expect([...env.step(action).observation]).toEqual([20, 20, 21]);
  });
});

describe('runningMoments', () => {
  it('equals the moments of everything seen, whatever the batches', () => {
    const rng = Rng.fromSeed(1);
    const rows = Float64Array.from({ length: 60 }, () => 3 + 2 * rng.nextNormal());
    const moments = runningMoments(2);
    moments.update(rows.subarray(0, 10));
    moments.update(rows.subarray(10, 14), Uint8Array.of(0, 0));
    moments.update(rows.subarray(10, 60));
    for (const d of [0, 1]) {
      const values = [...rows].filter((_, k) => k % 2 === d);
      const mean = values.reduce((a, b) => a + b) / 30;
      const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 30;
      // The start weighs 1e-4 of a row.
      expect(moments.mean[d]).toBeCloseTo(mean, 4);
      expect(moments.variance[d]).toBeCloseTo(variance, 3);
    }
    expect(moments.count).toBeCloseTo(30.0001, 9);
  });

  it('merges by hand: weight 1e-4 at (0, 1), then the rows 1 and 3', () => {
    const moments = runningMoments(1);
    moments.update([1, 3]);
    const count = 2.0001;
    expect(moments.mean[0]).toBeCloseTo(4 / count, 12);
    expect(moments.variance[0]).toBeCloseTo((1e-4 + 2 + (4 * 1e-4 * 2) / count) / count, 12);
  });
});

describe('normalizeObservation', () => {
  it('normalises observations and final observations with the same statistics', () => {
    const env = normalizeObservation(vectorize(counting, 1));
    env.reset();
    const action = new Int32Array(1);
    env.step(action);
    env.step(action);
    const end = env.step(action);
    const { mean, variance } = env.statistics;
    // Seen: 10, 11, 12 and 20 (13 was final).
    expect(mean[0]).toBeCloseTo(13.25, 2);
    const scale = Math.sqrt(variance[0] + 1e-8);
    expect(end.observation[0]).toBeCloseTo((20 - mean[0]) / scale, 6);
    expect(end.finalObservation[0]).toBeCloseTo((13 - mean[0]) / scale, 6);
  });

  it('stands still when frozen, and can lend its statistics to an evaluation', () => {
    const train = normalizeObservation(vectorize(cartPole, 4));
    train.reset({ seed: 1 });
    play(train, Rng.fromSeed(1), 50);
    const before = [...train.statistics.mean];
    const evaluation = normalizeObservation(vectorize(cartPole, 2), { statistics: train.statistics, updating: false });
    evaluation.reset({ seed: 2 });
    play(evaluation, Rng.fromSeed(2), 50);
    expect([...train.statistics.mean]).toEqual(before);
    train.updating = false;
    play(train, Rng.fromSeed(3), 10);
    expect([...train.statistics.mean]).toEqual(before);
    train.updating = true;
    play(train, Rng.fromSeed(3), 10);
    expect([...train.statistics.mean]).not.toEqual(before);
  });

  it('clips, and needs boxes', () => {
    const env = normalizeObservation(vectorize(cartPole, 4), { clip: 0.5 });
    env.reset();
    expect(Math.max(...play(env, Rng.fromSeed(1), 20).flatMap((seen) => seen.slice(0, 16).map(Math.abs)))).toBe(0.5);
    expect(() => normalizeObservation(vectorize(taxi, 1))).toThrow('the observation space must be a box, got discrete');
  });
});

describe('normalizeReward', () => {
  it('divides by the deviation of the discounted return, which starts anew with each episode', () => {
    const env = normalizeReward(vectorize(counting, 1), { gamma: 0.5 });
    env.reset();
    const action = new Int32Array(1);
    const rewards = Array.from({ length: 4 }, () => env.step(action).reward[0]);
    // Returns: 1, 2.5, 4.25, then the next episode: 1.
    const moments = runningMoments(1);
    [1, 2.5, 4.25, 1].forEach((g, t) => {
      moments.update([g]);
      expect(rewards[t]).toBeCloseTo([1, 2, 3, 1][t] / Math.sqrt(moments.variance[0] + 1e-8), 9);
    });
  });

  it("does not count the steps that only reset (nextStep)", () => {
    const env = normalizeReward(vectorize(counting, 1, { autoReset: 'nextStep' }));
    env.reset();
    play(env, Rng.fromSeed(0), 5);
    expect(env.statistics.count).toBeCloseTo(4.0001, 9);
  });
});

describe('actions', () => {
  it('are clipped', () => {
    const [plain, clipped] = [vectorize(pendulum, 1), clipAction(vectorize({ ...pendulum(), clipsActions: false }, 1))];
    plain.reset({ seed: 1 });
    clipped.reset({ seed: 1 });
    expect([...clipped.step(Float32Array.of(9)).observation]).toEqual([...plain.step(Float32Array.of(2)).observation]);
    expect(() => clipped.step(Float32Array.of(Number.NaN))).toThrow('NaN');
    expect(() => clipped.step(new Float32Array(2))).toThrow('shape [1, 1]');
    expect(() => clipAction(vectorize(cartPole, 1))).toThrow('box');
  });

  it('are rescaled', () => {
    const [plain, rescaled] = [vectorize(pendulum, 1), rescaleAction(vectorize(pendulum, 1))];
    for (const [from, to] of [
      [-1, -2],
      [1, 2],
      [0.25, 0.5],
    ]) {
      plain.reset({ seed: 1 });
      rescaled.reset({ seed: 1 });
      expect([...rescaled.step(Float32Array.of(from)).observation]).toEqual([...plain.step(Float32Array.of(to)).observation]);
    }
    expect(() => rescaled.step(Float32Array.of(1.5))).toThrow('copy 0 is 1.5');
    expect(() => rescaleAction(clipAction(vectorize(pendulum, 1)))).toThrow('finite bounds');
  });
});

describe('oneHotObservation', () => {
  it('marks the state, also the final one', () => {
    const plain = vectorize(taxi, 2, { maxEpisodeSteps: 3 });
    const env = oneHotObservation(vectorize(taxi, 2, { maxEpisodeSteps: 3 }));
    const states = plain.reset({ seed: 1 });
    const rows = env.reset({ seed: 1 });
    const decode = (r: Rows) => [0, 1].map((i) => r.subarray(500 * i, 500 * (i + 1)).indexOf(1));
    expect(decode(rows)).toEqual([...states]);
    const action = Int32Array.of(0, 1);
    for (let t = 0; t < 3; t++) {
      const [a, b] = [plain.step(action), env.step(action)];
      expect(decode(b.observation)).toEqual([...a.observation]);
      expect([...b.observation].filter((x) => x !== 0)).toEqual([1, 1]);
      if (t === 2) expect(decode(b.finalObservation)).toEqual([...a.finalObservation]);
    }
  });
});

describe('checkFinite', () => {
  const broken = (what: 'reward' | 'observation'): EnvDefinition => ({
    ...counting,
    step(batch, actions, from, to) {
      counting.step(batch, actions, from, to);
      if (what === 'reward' && batch.state[1] === 2) batch.reward[1] = Number.NaN;
    },
    observe(batch, out, from, to) {
      counting.observe(batch, out, from, to);
      if (what === 'observation' && from <= 1 && to > 1 && batch.state[1] === 2) out[1] = Infinity;
    },
  });
  it.each([
    ['reward', 'Counting: the reward of copy 1 is NaN, expected a finite number'],
    ['observation', 'Counting: the observation of copy 1 has Infinity at element 0, expected finite numbers'],
  ] as const)('names the copy whose %s is not finite', (what, message) => {
    const env = checkFinite(vectorize(broken(what), 2));
    env.reset();
    env.step(new Int32Array(2));
    expect(() => env.step(new Int32Array(2))).toThrow(message);
  });
});
