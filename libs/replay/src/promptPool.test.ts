import { Rng } from '@rivulet/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PromptPool, promptPool } from './promptPool.js';
import { promptScore } from './promptScore.js';

/** How often each prompt is drawn alone. */
function shares(pool: PromptPool<string>, trials = 20_000): number[] {
  const rng = Rng.fromSeed(1);
  const counts = new Array<number>(pool.size).fill(0);
  for (let i = 0; i < trials; i++) counts[pool.sample(1, rng)[0].id]++;
  return counts.map((count) => count / trials);
}

describe('promptPool', () => {
  it('draws by weight, and a share alike', () => {
    // Pass rates 1/2, 1/4, 0: variances 1/4, 3/16, 0; of their sum 4/7, 3/7, 0.
    const drawn = (uniformShare: number) => {
      const pool = promptPool(['a', 'b', 'c'], { weight: promptScore('variance'), uniformShare });
      pool.update(0, [1, 1, 0, 0]);
      pool.update(1, [1, 0, 0, 0]);
      pool.update(2, [0, 0, 0, 0]);
      return shares(pool);
    };
    // The deviation of a share is at most 0.0036.
    drawn(0).forEach((share, i) => expect(Math.abs(share - [4 / 7, 3 / 7, 0][i])).toBeLessThan(0.015));
    drawn(0.3).forEach((share, i) => expect(Math.abs(share - (0.1 + 0.7 * [4 / 7, 3 / 7, 0][i]))).toBeLessThan(0.015));
    drawn(1).forEach((share) => expect(Math.abs(share - 1 / 3)).toBeLessThan(0.015));
  });

  it('lets who was never updated weigh as the heaviest, and draws alike where nothing weighs', () => {
    const pool = promptPool(['a', 'b', 'c'], { weight: promptScore('gap'), uniformShare: 0 });
    pool.update(0, [0, 4]);
    pool.update(1, [1, 2]);
    shares(pool).forEach((share, i) => expect(Math.abs(share - [4 / 9, 1 / 9, 4 / 9][i])).toBeLessThan(0.015));
    for (const id of [0, 1, 2]) pool.update(id, [1]);
    shares(pool).forEach((share) => expect(Math.abs(share - 1 / 3)).toBeLessThan(0.015));
  });

  it('draws none twice while there are others', () => {
    const pool = promptPool(['a', 'b', 'c', 'd'], { weight: promptScore('variance'), uniformShare: 0 });
    pool.update(0, [0, 1]);
    for (const id of [1, 2, 3]) pool.update(id, [0]);
    const rng = Rng.fromSeed(2);
    for (let i = 0; i < 20; i++) {
      const ids = pool.sample(4, rng).map(({ id }) => id);
      expect(ids[0]).toBe(0);
      expect([...ids].sort()).toEqual([0, 1, 2, 3]);
    }
    const counts = [0, 0, 0, 0];
    for (const { id, prompt } of pool.sample(10, rng)) {
      counts[id]++;
      expect(prompt).toBe('abcd'[id]);
    }
    expect(Math.min(...counts)).toBe(2);
    expect(Math.max(...counts)).toBe(3);
    expect(pool.sample(0, rng)).toEqual([]);
  });

  it('keeps mean and variance of all rewards, the gap of the newest', () => {
    const rewards = fc.array(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(rewards, (updates) => {
        const pool = promptPool(['a']);
        for (const update of updates) pool.update(0, update);
        const all = updates.flat();
        const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
        const newest = updates[updates.length - 1];
        const stats = pool.stats(0);
        expect(stats.answers).toBe(all.length);
        expect(stats.mean).toBeCloseTo(mean, 10);
        expect(stats.variance).toBeCloseTo(all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length, 10);
        expect(stats.gap).toBe(Math.max(...newest) - Math.min(...newest));
      }),
    );
  });

  it('forgets by its decay', () => {
    const pool = promptPool(['a'], { decay: 0.5 });
    pool.update(0, [0, 0]);
    pool.update(0, [1]);
    // Two rewards of 0 at weight 1/2 each, and one of 1: mean 1/2, variance 1/4.
    expect(pool.stats(0)).toMatchObject({ answers: 2, mean: 0.5, variance: 0.25 });
  });

  it('retires prompts, and draws of all when all are retired', () => {
    const pool = promptPool(['a', 'b', 'c'], { retireAbove: 0.75, retireAfter: 4 });
    pool.update(0, [1, 1]);
    expect(pool.stats(0).retired).toBe(false);
    pool.update(0, [1, 0]);
    expect([pool.stats(0).retired, pool.active]).toEqual([true, 2]);
    pool.update(0, [0, 0, 0, 0]);
    expect(pool.stats(0).retired).toBe(true);
    const rng = Rng.fromSeed(3);
    expect(pool.sample(40, rng).some(({ id }) => id === 0)).toBe(false);
    for (const id of [1, 2]) pool.update(id, [1, 1, 1, 1]);
    expect(pool.active).toBe(0);
    expect(pool.sample(3, rng).map(({ id }) => id).sort()).toEqual([0, 1, 2]);
    pool.reset();
    expect([pool.active, pool.stats(0).answers, pool.stats(0).draws]).toEqual([3, 0, 0]);
  });

  it('continues exactly from a snapshot', () => {
    const make = () => promptPool(['a', 'b', 'c', 'd'], { weight: promptScore('variance'), uniformShare: 0.2, retireAbove: 0.7, decay: 0.9 });
    const play = (pool: PromptPool<string>, rng: Rng) => Array.from({ length: 20 }, () => pool.sample(2, rng).map(({ id }) => (pool.update(id, [rng.nextInt(2), rng.nextInt(2), id % 2]), id)));
    const [whole, resumed] = [make(), make()];
    const rng = Rng.fromSeed(4);
    play(whole, rng);
    const stored = whole.snapshot();
    const state = rng.state();
    const expected = play(whole, rng);
    resumed.restore(stored);
    expect(play(resumed, Rng.fromState(state))).toEqual(expected);
    expect(resumed.snapshot()).toEqual(whole.snapshot());
    expect(resumed.snapshot().arrays.retired.data.some((one) => one === 1)).toBe(true);
    expect(() => promptPool(['a']).restore(stored)).toThrow("'draws' must be 1 elements of float64, the snapshot has 4");
  });

  it('says what is wrong', () => {
    expect(() => promptPool([])).toThrow('there is no prompt');
    expect(() => promptPool(['a'], { uniformShare: 1.5 })).toThrow('uniformShare must lie in [0, 1], got 1.5');
    expect(() => promptPool(['a'], { decay: 0 })).toThrow('decay must lie in (0, 1], got 0');
    expect(() => promptPool(['a'], { retireAfter: -1 })).toThrow('retireAfter at least 0');
    const pool = promptPool(['a'], { weight: () => -1 });
    expect(() => pool.update(1, [1])).toThrow('there is no prompt 1 among 1');
    expect(() => pool.stats(-1)).toThrow('there is no prompt -1');
    expect(() => pool.update(0, [])).toThrow('one or more finite numbers');
    expect(() => pool.update(0, [NaN])).toThrow('one or more finite numbers, got [NaN]');
    pool.update(0, [1]);
    expect(() => pool.sample(1, Rng.fromSeed(1))).toThrow('a weight must be finite and not negative, got -1 for prompt 0');
    expect(() => pool.sample(0.5, Rng.fromSeed(1))).toThrow('n must be an integer');
  });
});

describe('promptScore', () => {
  it('is a statistic by name', () => {
    const stats = { mean: 0.25, variance: 0.1875, gap: 1 };
    expect([promptScore('passRate')(stats), promptScore('variance')(stats), promptScore('gap')(stats)]).toEqual([0.25, 0.1875, 1]);
  });
});
