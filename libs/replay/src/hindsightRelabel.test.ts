import { ndarray, Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { hindsightRelabel } from './hindsightRelabel.js';

// Three episodes of 5, 2 and 0 steps; the goal achieved at row r is r.
const trajectories = { achieved: ndarray('float32', [3, 5, 1], Float32Array.from({ length: 15 }, (_, i) => i)), lengths: Int32Array.of(5, 2, 0) };

describe('hindsightRelabel', () => {
  it('draws steps uniformly and a later step of the same episode for each', () => {
    const { rows, goalRows, goal, delta } = hindsightRelabel(trajectories, { future: 'uniform' }, 7000, Rng.fromSeed(1));
    const counts = new Map<number, number>();
    const pairs = new Map<string, number>();
    rows.forEach((row, k) => {
      counts.set(row, (counts.get(row) ?? 0) + 1);
      pairs.set(`${row} ${goalRows[k]}`, (pairs.get(`${row} ${goalRows[k]}`) ?? 0) + 1);
    });
    expect(Array.from(goal.data)).toEqual(Array.from(goalRows));
    expect(Array.from(delta)).toEqual(Array.from(goalRows, (goalRow, k) => goalRow - rows[k]));
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    const chi = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(22.5); // 0.999 quantile of chi-square with 6 degrees of freedom
    expect([...pairs.keys()].sort()).toEqual(['0 1', '0 2', '0 3', '0 4', '1 2', '1 3', '1 4', '2 3', '2 4', '3 4', '4 4', '5 6', '6 6']);
    expect(Math.abs((pairs.get('0 4') ?? 0) - 250)).toBeLessThan(70);
  });

  it('takes the next step, or one at a geometric distance cut at the end', () => {
    const next = hindsightRelabel(trajectories, { future: 'next' }, 50, Rng.fromSeed(1));
    next.rows.forEach((row, k) => expect(next.delta[k]).toBe(row === 4 || row === 6 ? 0 : 1));
    const { rows, delta } = hindsightRelabel(trajectories, { future: 'geometric', discount: 0.5 }, 14000, Rng.fromSeed(2));
    const fromFirst = delta.filter((_, k) => rows[k] === 0);
    // P(1), P(2), P(3) = 1/2, 1/4, 1/8, and the rest 1/8 is cut at distance 4.
    [0, 0.5, 0.25, 0.125, 0.125].forEach((p, distance) => expect(fromFirst.filter((d) => d === distance).length / fromFirst.length).toBeCloseTo(p, 1));
    expect(hindsightRelabel(trajectories, { future: 'geometric', discount: 0 }, 9, Rng.fromSeed(1)).delta.every((d) => d <= 1)).toBe(true);
  });

  it('mixes in random and current goals', () => {
    const current = hindsightRelabel(trajectories, { future: 'next', mix: { future: 0, random: 0, current: 1 } }, 20, Rng.fromSeed(3));
    expect(current.goalRows).toEqual(current.rows);
    const random = hindsightRelabel(trajectories, { future: 'next', mix: { future: 0, random: 1, current: 0 } }, 200, Rng.fromSeed(3));
    expect(random.delta.every((d) => d === -1)).toBe(true);
    expect(new Set(random.goalRows)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6]));
  });

  it('repeats under a seed, and says what is wrong', () => {
    const draw = () => hindsightRelabel(trajectories, { future: 'uniform' }, 10, Rng.fromSeed(4));
    expect(draw()).toEqual(draw());
    expect(() => hindsightRelabel(trajectories, { future: 'geometric' }, 1, Rng.fromSeed(0))).toThrow('needs a discount');
    expect(() => hindsightRelabel({ ...trajectories, lengths: Int32Array.of(1) }, { future: 'next' }, 1, Rng.fromSeed(0))).toThrow('lengths must hold 3');
    expect(() => hindsightRelabel({ ...trajectories, lengths: new Int32Array(3) }, { future: 'next' }, 1, Rng.fromSeed(0))).toThrow('no step');
  });
});
