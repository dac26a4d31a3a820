import { Rng } from '@rivulet/engine';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goalDistance } from '../grid/goalDistance.js';
import { parseGrid } from '../grid/parseGrid.js';
import type { GridLayout } from '../grid/parseGrid.js';
import { vectorize } from '../vector/vectorize.js';
import { pointMaze } from './pointMaze.js';
import { pointMazeLayout } from './pointMazeLayout.js';
import type { PointMazeLayoutName } from './pointMazeLayout.js';
import { slide } from './slide.js';

const names: readonly PointMazeLayoutName[] = ['uMaze', 'fourRooms', 'square', 'serpentine', 'tree', 'deceptive', 'medium', 'large'];

/** Whether a square around (x, y) overlaps a wall by more than rounding. */
function overlaps({ letters, width }: GridLayout, x: number, y: number, radius: number): boolean {
  const corners = [-1, 1].flatMap((sx) => [-1, 1].map((sy) => [x + sx * (radius - 1e-6), y + sy * (radius - 1e-6)]));
  return corners.some(([cx, cy]) => letters[Math.floor(cy) * width + Math.floor(cx)] === '#');
}

const one = (options: Parameters<typeof pointMaze>[0], state: readonly number[]) => {
  const env = vectorize(pointMaze(options), 1, { autoReset: 'disabled' });
  env.reset();
  env.setState(0, state);
  return (ax: number, ay: number) => {
    const { reward, terminated } = env.step(Float32Array.of(ax, ay));
    return { state: [...env.getState(0)], reward: reward[0], terminated: terminated[0], info: env.info(0) };
  };
};

const close = (actual: ArrayLike<number>, expected: readonly number[]): void => expected.forEach((x, k) => expect(actual[k]).toBeCloseTo(x, 12));

describe('pointMazeLayout', () => {
  it('every maze has one goal, and a way to it from every free cell', () => {
    for (const name of names) {
      const layout = pointMazeLayout(name);
      const distance = goalDistance(layout);
      const free = Array.from(layout.letters, (_, cell) => cell).filter((cell) => layout.letters[cell] !== '#');
      expect(free.filter((cell) => layout.letters[cell] === 'G'), name).toHaveLength(1);
      for (const cell of free) expect(distance[cell], name).toBeLessThan(Infinity);
    }
    expect(() => pointMazeLayout('spiral' as PointMazeLayoutName)).toThrow(/unknown layout 'spiral'/);
  });

  it('the deceptive goal is 28 cells to go, but 8 as the crow flies', () => {
    const layout = pointMazeLayout('deceptive');
    const [start] = layout.starts;
    const goal = layout.letters.indexOf('G');
    const crow = Math.hypot((start % layout.width) - (goal % layout.width), Math.floor(start / layout.width) - Math.floor(goal / layout.width));
    expect([goalDistance(layout)[start], crow]).toEqual([28, 8]);
  });
});

describe('slide', () => {
  const layout = parseGrid(['###', '#.#', '###']);
  it('moves freely, stops at walls, and stays in touch', () => {
    expect(slide(layout, 'x', 1.5, 1.5, 0.2, 0.1)).toBe(1.7);
    expect(slide(layout, 'x', 1.8, 1.5, 0.2, 0.1)).toBe(1.9);
    expect(slide(layout, 'x', 1.9, 1.5, 0.2, 0.1)).toBe(1.9);
    expect(slide(layout, 'y', 1.2, 1.5, -0.2, 0.1)).toBe(1.1);
    expect(slide(layout, 'y', 1.5, 1.9, 0.2, 0.1)).toBe(1.7);
  });
});

describe('pointMaze', () => {
  it('follows the equations by hand', () => {
    const step = one({}, [1.5, 1.5, 0.2, 0, 1.5, 3.5]);
    close(step(1, 0).state, [1.5 + 0.07, 1.5, 0.7, 0]);
    close(step(-9, 0.5).state, [1.57 + 0.02, 1.525, 0.2, 0.25]);
  });

  it('loses the velocity into a wall and keeps the one along it', () => {
    const step = one({}, [1.85, 1.85, 1.5, 1.5, 1.5, 3.5]);
    close(step(0, 0).state, [2, 1.9, 1.5, 0]);
  });

  it('pays 1 at the goal and ends there; dense pays exp(−distance)', () => {
    const at = [1.5, 3.5 - 0.05, 0, 0, 1.5, 3.5];
    const sparse = one({}, at)(0, 0);
    expect([sparse.reward, sparse.terminated, sparse.info.success]).toEqual([1, 1, 1]);
    const dense = one({ sparse: false, endsAtGoal: false }, at)(0, 0);
    expect(dense.reward).toBeCloseTo(Math.exp(-0.05), 12);
    expect(dense.terminated).toBe(0);
    expect(one({}, [2.5, 1.5, 0, 0, 1.5, 3.5])(0, 0).reward).toBe(0);
  });

  it('pays for regions', () => {
    const layout = parseGrid(['####', '#S1#', '#.G#', '####']);
    expect(one({ layout, regionRewards: { '1': 0.25 } }, [2.2, 1.2, 0, 0, 2.5, 2.5])(0, 0).reward).toBe(0.25);
  });

  it('is solved by steering along the shortest way, in every maze', () => {
    for (const name of names) {
      const layout = pointMazeLayout(name);
      const distance = goalDistance(layout);
      const env = vectorize(pointMaze({ layout }), 1, { autoReset: 'disabled', seed: 4, maxEpisodeSteps: 600 });
      let [x, y, vx, vy] = env.reset();
      let done = false;
      for (let t = 0; t < 600 && !done; t++) {
        const cell = Math.floor(y) * layout.width + Math.floor(x);
        const next = [cell - 1, cell + 1, cell - layout.width, cell + layout.width].reduce((best, to) => (distance[to] < distance[best] ? to : best), cell);
        // Towards the centre of the next cell, at a speed that can be braked.
        const [tx, ty] = [(next % layout.width) + 0.5, Math.floor(next / layout.width) + 0.5];
        const step = env.step(Float32Array.of(2 * (tx - x) - vx, 2 * (ty - y) - vy));
        [x, y, vx, vy] = step.observation;
        done = step.terminated[0] === 1;
      }
      expect(done, name).toBe(true);
    }
  });

  it('stays between the walls, whatever the actions', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.nat(1000), (name, seed) => {
        const layout = pointMazeLayout(name);
        const env = vectorize(pointMaze({ layout, endsAtGoal: false }), 4, { seed });
        env.reset();
        const rng = Rng.fromSeed(seed);
        const push = new Float32Array(8);
        for (let t = 0; t < 80; t++) {
          if (t % 8 === 0) rng.fillUniform(push, -2, 2);
          env.step(push);
          for (let i = 0; i < 4; i++) {
            const [x, y, vx, vy] = env.getState(i);
            if (overlaps(layout, x, y, 0.1) || Math.max(Math.abs(vx), Math.abs(vy)) > 2) throw new Error(`${name}: at (${x}, ${y}) with (${vx}, ${vy})`);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('draws goals other than the start and shows them', () => {
    const env = vectorize(pointMaze({ goal: 'drawn' }), 200);
    const rows = env.reset({ seed: 2 });
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const [x, y, , , gx, gy] = rows.subarray(6 * i, 6 * i + 6);
      seen.add(`${gx},${gy}`);
      expect(Math.floor(x) === Math.floor(gx) && Math.floor(y) === Math.floor(gy)).toBe(false);
    }
    // All seven free cells but the one start.
    expect(seen.size).toBe(6);
  });

  it('shows an image of walls and point', () => {
    const env = vectorize(pointMaze({ image: 5 }), 1);
    const row = env.reset();
    const walls = Array.from({ length: 25 }, (_, pixel) => (row[2 * pixel] === 1 ? '#' : row[2 * pixel + 1] === 1 ? 'o' : '.')).join('');
    expect(walls).toBe('######o..####.##...######');
  });

  it('takes rows of walls and a goal cell', () => {
    const wall = true;
    const env = vectorize(pointMaze({ layout: [[false, false, wall], [wall, false, false]], goal: [1, 2] }), 1);
    env.reset();
    expect(env.getState(0).subarray(4)).toEqual(Float64Array.of(2.5, 1.5));
  });

  it('names what is wrong', () => {
    expect(() => pointMaze({ goal: [0, 0] })).toThrow(/goal \[0, 0\] is not a free cell/);
    expect(() => pointMaze({ layout: parseGrid(['S.']) })).toThrow(/one goal G/);
    expect(() => pointMaze({ goalRadius: 0 })).toThrow(/goalRadius/);
    expect(() => pointMaze({ image: 0 })).toThrow(/image/);
  });
});
