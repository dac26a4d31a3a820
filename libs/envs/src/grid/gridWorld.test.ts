import { Rng } from '@rivulet/engine';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeTable } from '../tabular/outcomeTable.js';
import { toEnv } from '../vector/toEnv.js';
import { vectorize } from '../vector/vectorize.js';
import { cellReward } from './cellReward.js';
import { compassMoves } from './compassMoves.js';
import { egocentricView } from './egocentricView.js';
import { goalCoordinates } from './goalCoordinates.js';
import { goalDistance } from './goalDistance.js';
import { gridCoordinates } from './gridCoordinates.js';
import { gridImage } from './gridImage.js';
import { gridLayout } from './gridLayout.js';
import type { GridLayoutName } from './gridLayout.js';
import type { GridRules } from './gridRules.js';
import { gridRewardTable } from './gridRewardTable.js';
import { gridWorld } from './gridWorld.js';
import { joinObservations } from './joinObservations.js';
import { mazeRows } from './mazeRows.js';
import { parseGrid } from './parseGrid.js';
import { randomMoves } from './randomMoves.js';
import { shapedReward } from './shapedReward.js';
import { slip } from './slip.js';
import { stateNumber } from './stateNumber.js';
import { stepCost } from './stepCost.js';
import { sticky } from './sticky.js';
import { sumRewards } from './sumRewards.js';
import { turnMoves } from './turnMoves.js';
import { wind } from './wind.js';

const names: readonly GridLayoutName[] = ['empty', 'fourRooms', 'rooms', 'maze', 'corridor', 'keyDoor', 'tMaze', 'cliff', 'darkRoom'];

describe('gridLayout', () => {
  it('every map has a way from every start to the goal', () => {
    for (const name of names) {
      for (let seed = 0; seed < 5; seed++) {
        const layout = gridLayout(name, { rng: Rng.fromSeed(seed) });
        const distance = goalDistance(layout);
        for (const start of layout.starts) expect(distance[start], `${name} ${seed}`).toBeGreaterThan(0);
        for (const start of layout.starts) expect(distance[start], `${name} ${seed}`).toBeLessThan(Infinity);
      }
    }
  });

  it('the four rooms have their 104 cells', () => {
    expect(gridWorld({ layout: 'fourRooms' }).mdp.numStates).toBe(104);
  });

  it('a maze is perfect: one wall fewer than cells is opened, and all are reached', () => {
    for (let seed = 0; seed < 5; seed++) {
      const rows = mazeRows(Rng.fromSeed(seed), 15);
      const free = rows.join('').replaceAll('#', '').length;
      expect(free).toBe(2 * 7 * 7 - 1);
      expect(goalDistance(parseGrid(rows)).filter(Number.isFinite)).toHaveLength(free);
    }
    expect(mazeRows(Rng.fromSeed(1), 11)).toEqual(mazeRows(Rng.fromSeed(1), 11));
    expect(mazeRows(Rng.fromSeed(1), 11)).not.toEqual(mazeRows(Rng.fromSeed(2), 11));
  });

  it('names what is wrong', () => {
    expect(() => parseGrid(['..', '.'])).toThrow(/row 1 has 1 letters, row 0 has 2/);
    expect(() => parseGrid(['.?'])).toThrow(/'\?' in row 0/);
    expect(() => parseGrid(['#G'])).toThrow(/start/);
    expect(() => gridLayout('castle' as GridLayoutName)).toThrow(/unknown layout 'castle'/);
    expect(() => gridLayout('maze', { size: 4 })).toThrow(/at least 5/);
    expect(() => mazeRows(Rng.fromSeed(0), 8)).toThrow(/odd/);
  });
});

describe('rules', () => {
  const open = parseGrid(['...', '.S.', '..G']);
  const law = (rules: GridRules, state: number, action: number) => outcomeTable(gridWorld({ layout: open, rules }).mdp)[state][action];

  it('compass moves go up, right, down and left; the edge stays', () => {
    expect([0, 1, 2, 3].map((action) => law(compassMoves(), 4, action)[0][1])).toEqual([1, 5, 7, 3]);
    expect([0, 1, 2, 3].map((action) => law(compassMoves(), 0, action)[0][1])).toEqual([0, 1, 3, 0]);
    expect(Array.from({ length: 8 }, (_, action) => law(compassMoves(8), 4, action)[0][1])).toEqual([1, 2, 5, 8, 7, 6, 3, 0]);
  });

  it('slip goes to the sides, and equal outcomes are joined', () => {
    expect(law(slip(compassMoves(), 0.2), 4, 0)).toEqual([[0.8, 1, 0, false], [0.1, 5, 0, false], [0.1, 3, 0, false]]);
    expect(law(slip(compassMoves(), 0.2), 0, 0)).toEqual([[0.9, 0, 0, false], [0.1, 1, 0, false]]);
    expect(law(slip(compassMoves(8), 0.2), 4, 1).map(([, next]) => next)).toEqual([2, 8, 0]);
  });

  it('random moves carry out any action', () => {
    const outcomes = law(randomMoves(compassMoves(), 0.4), 4, 1);
    expect(outcomes.map(([, next]) => next)).toEqual([1, 5, 7, 3]);
    [0.1, 0.7, 0.1, 0.1].forEach((p, i) => expect(outcomes[i][0]).toBeCloseTo(p, 12));
  });

  it('wind blows by the column of departure, as far as nothing blocks', () => {
    expect(law(wind(compassMoves(), [0, 2, 0]), 4, 1)).toEqual([[1, 2, 0, false]]);
    expect(law(wind(compassMoves(), [0, 1, 0]), 7, 3)).toEqual([[1, 3, 0, false]]);
    expect(law(wind(compassMoves(), [0, 1, 0], 0.25), 7, 3)).toEqual([[0.75, 6, 0, false], [0.25, 3, 0, false]]);
    expect(() => gridWorld({ layout: open, rules: wind(compassMoves(), [1]) })).toThrow(/strength for each of the 3 columns/);
  });

  it('sticky actions repeat the last one, which is part of the state', () => {
    const world = gridWorld({ layout: open, rules: sticky(compassMoves(), 0.25) });
    expect(world.mdp.numStates).toBe(9 * 5);
    const table = outcomeTable(world.mdp);
    expect(table[4][1]).toEqual([[1, 2 * 9 + 5, 0, false]]);
    expect(table[2 * 9 + 4][0]).toEqual([[0.75, 9 + 1, 0, false], [0.25, 2 * 9 + 5, 0, false]]);
    expect(table[2 * 9 + 4][1]).toEqual([[1, 2 * 9 + 5, 0, false]]);
  });

  it('turns and steps', () => {
    const world = gridWorld({ layout: parseGrid(['S.', '..']), rules: turnMoves(), observation: gridCoordinates() });
    const env = vectorize(world, 1);
    env.reset();
    env.setState(0, [world.states.stateOf({ level: 0, cell: 2, mode: 0 })]);
    const seen = [2, 1, 2, 0, 0].map((action) => [...env.step(Int32Array.of(action)).observation]);
    expect(seen).toEqual([
      [0, 0, 1, 0, 0, 0],
      [0, 0, 0, 1, 0, 0],
      [0, 1, 0, 1, 0, 0],
      [0, 1, 1, 0, 0, 0],
      [0, 1, 0, 0, 0, 1],
    ]);
    expect(world.mdp.rho.data.filter((p) => p > 0)).toEqual(Float64Array.of(0.25, 0.25, 0.25, 0.25));
  });

  it('a door opens to its key only, which is picked up once', () => {
    const world = gridWorld({ layout: parseGrid(['aSAG']), reward: cellReward({ a: 0.5, G: 1 }), observation: stateNumber() });
    const env = vectorize(world, 1, { autoReset: 'disabled' });
    env.reset();
    const play = [1, 3, 3, 1, 1, 1].map((action) => {
      const { reward, terminated } = env.step(Int32Array.of(action));
      return [env.info(0).column, reward[0], terminated[0]];
    });
    expect(play).toEqual([[1, 0, 0], [0, 0.5, 0], [0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 1, 1]]);
  });

  it('never leave the free cells, whatever the rules and the actions', () => {
    const rules: readonly GridRules[] = [
      compassMoves(8),
      sticky(slip(compassMoves(), 0.3), 0.25),
      randomMoves(turnMoves(), 0.2),
      sticky(turnMoves(), 0.5),
      (layout) => wind(compassMoves(), new Array<number>(layout.width).fill(1), 0.5)(layout),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.constantFrom(...rules), fc.nat(50), (name, rule, seed) => {
        const layout = gridLayout(name, { rng: Rng.fromSeed(seed) });
        const world = gridWorld({ layout, rules: rule, observation: stateNumber() });
        const env = vectorize(world, 4, { seed });
        const rng = Rng.fromSeed(seed);
        let seen = env.reset();
        for (let t = 0; t < 50; t++) {
          for (const state of seen) expect(layout.letters[world.states.cells[state]]).not.toBe('#');
          seen = env.step(Int32Array.from({ length: 4 }, () => rng.nextInt(world.mdp.numActions))).observation;
        }
      }),
      { numRuns: 30 },
    );
  });

  it('name what is wrong', () => {
    expect(() => slip(compassMoves(), 2)).toThrow(/in \[0, 1\]/);
    expect(() => gridWorld({ rules: slip(turnMoves(), 0.1) })).toThrow(/4 or 8 directions/);
    expect(() => wind(compassMoves(), [-1])).toThrow(/non-negative/);
    expect(() => gridWorld({ layout: [] })).toThrow(/at least one level/);
  });
});

describe('rewards', () => {
  it('sum up: step cost, cells and the end', () => {
    const world = gridWorld({ layout: parseGrid(['S3XG']), reward: sumRewards(stepCost(0.1), cellReward({ '3': -1, X: -5, G: 1 })) });
    const table = outcomeTable(world.mdp);
    expect(table[0][1]).toEqual([[1, 1, -1.1, false]]);
    expect(table[1][1]).toEqual([[1, 2, -5.1, true]]);
    expect(table[2]).toEqual([0, 1, 2, 3].map(() => [[1, 2, 0, true]]));
  });

  it('shaping adds up to minus the potential of the start, at discount one', () => {
    const layout = gridLayout('fourRooms');
    const distance = goalDistance(layout);
    const world = gridWorld({ layout, reward: shapedReward((_, cell) => -distance[cell], 1), maxEpisodeSteps: Infinity });
    const env = toEnv(world, { seed: 3 });
    env.reset();
    const { row, column } = world.info?.({ state: env.getState() } as never, 0) as { row: number; column: number };
    const rng = Rng.fromSeed(1);
    let total = 0;
    for (let done = false; !done; ) {
      const step = env.step(rng.nextInt(4));
      total += step.reward;
      done = step.terminated;
    }
    expect(total).toBeCloseTo(distance[row * 13 + column], 9);
  });

  it('a table of means: costs beside the reward', () => {
    const world = gridWorld({ layout: parseGrid(['S3G', '.3.']), rules: slip(compassMoves(), 0.2) });
    const costs = gridRewardTable(world, cellReward({ '3': 2 }));
    // From the start: right reaches the mark with 0.8; up and down slip there with 0.1; left never.
    [0.2, 1.6, 0.2, 0].forEach((cost, action) => expect(costs.data[action]).toBeCloseTo(cost, 12));
    expect([...costs.data.subarray(8, 12)]).toEqual([0, 0, 0, 0]);
    expect([...gridRewardTable(world, cellReward({ G: 1 })).data]).toEqual([...world.mdp.r.data]);
  });

  it('the distance goes around walls', () => {
    expect([...goalDistance(parseGrid(['S#G', '...', '##.']))]).toEqual([4, Infinity, 0, 3, 2, 1, Infinity, Infinity, 2]);
  });
});

describe('observations', () => {
  const layout = parseGrid(['aA7', '.SG', '#X.']);

  it('one-hot by default', () => {
    const env = vectorize(gridWorld(), 1);
    expect([...env.reset()]).toEqual([1, ...new Array<number>(24).fill(0)]);
  });

  it('the image shows walls, goals, pits, keys, doors, marks and the agent', () => {
    const world = gridWorld({ layout, observation: gridImage() });
    expect(world.observationSpace.shape).toEqual([3, 3, 7]);
    const env = vectorize(world, 1);
    const at = (rows: ArrayLike<number>, row: number, column: number): number[] => Array.from({ length: 7 }, (_, c) => Math.round(rows[(row * 3 + column) * 7 + c] * 10) / 10);
    const first = env.reset();
    expect(at(first, 0, 0)).toEqual([0, 0, 0, 1, 0, 0, 0]);
    expect(at(first, 0, 1)).toEqual([0, 0, 0, 0, 1, 0, 0]);
    expect(at(first, 0, 2)).toEqual([0, 0, 0, 0, 0, 0.8, 0]);
    expect(at(first, 1, 1)).toEqual([0, 0, 0, 0, 0, 0, 1]);
    expect(at(first, 1, 2)).toEqual([0, 1, 0, 0, 0, 0, 0]);
    expect(at(first, 2, 0)).toEqual([1, 0, 0, 0, 0, 0, 0]);
    expect(at(first, 2, 1)).toEqual([0, 0, 1, 0, 0, 0, 0]);
    env.step(Int32Array.of(3));
    const { observation } = env.step(Int32Array.of(0));
    expect(at(observation, 0, 0)).toEqual([0, 0, 0, 0, 0, 0, 1]);
    expect(at(observation, 0, 1)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('the view turns with the agent, and walls surround the map', () => {
    const world = gridWorld({ layout: parseGrid(['SG']), rules: turnMoves(), observation: egocentricView(3) });
    const env = vectorize(world, 1);
    env.reset();
    const walls = (rows: ArrayLike<number>): string => Array.from({ length: 9 }, (_, i) => (rows[i * 6] === 1 ? '#' : rows[i * 6 + 1] === 1 ? 'G' : '.')).join('');
    const look = (heading: number): string => walls(env.setState(0, [world.states.stateOf({ level: 0, cell: 0, mode: heading })]));
    expect([0, 1, 2, 3].map(look)).toEqual(['####.G###', '#G##.####', '###G.####', '####.##G#']);
  });

  it('coordinates of the agent and of the goal join', () => {
    const levels = [parseGrid(['S..', '..G']), parseGrid(['S.G', '...'])];
    const world = gridWorld({ layout: levels, observation: joinObservations(gridCoordinates(), goalCoordinates()) });
    const env = vectorize(world, 200);
    const rows = env.reset({ seed: 4 });
    const first = Array.from({ length: 200 }, (_, i) => [...rows.subarray(4 * i, 4 * i + 4)].join());
    expect(new Set(first)).toEqual(new Set(['0,0,1,1', '0,0,0,1']));
    const upper = first.filter((row) => row === '0,0,0,1').length;
    expect(Math.abs(upper - 100)).toBeLessThan(30);
    expect(() => gridWorld({ layout: parseGrid(['S.']), observation: goalCoordinates() })).toThrow(/no goal/);
  });
});

describe('levels', () => {
  it('keep to themselves', () => {
    const levels = [0, 1, 2].map((seed) => gridLayout('maze', { size: 7, rng: Rng.fromSeed(seed) }));
    const { mdp, states } = gridWorld({ layout: levels });
    outcomeTable(mdp).forEach((actions, s) => actions.flat().forEach(([, next]) => expect(states.levels[next]).toBe(states.levels[s])));
    expect(mdp.rho.data.filter((p) => p > 0)).toEqual(new Float64Array(3).fill(1 / 3));
  });
});
