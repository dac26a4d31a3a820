import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { vectorize } from '../vector/vectorize.js';
import { cliffWalking } from './cliffWalking.js';
import { frozenLake } from './frozenLake.js';
import { frozenLakeMdp } from './frozenLakeMdp.js';
import { outcomeTable } from './outcomeTable.js';
import type { OutcomeTable } from './outcomeMdp.js';
import type { TabularMdp } from './assembleMdp.js';
import { taxi } from './taxi.js';

interface Golden {
  readonly P: OutcomeTable;
  readonly initial: readonly number[];
}

function golden(id: string): Golden {
  return JSON.parse(readFileSync(new URL(`../../test-data/gymnasium/${id}.json`, import.meta.url), 'utf8')) as Golden;
}

/** V ← max_a r + γ Σ continuation V, straight from the outcomes. */
function startValue(mdp: TabularMdp, gamma: number, sweeps: number): number {
  const v = new Float64Array(mdp.numStates);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let s = 0; s < mdp.numStates; s++) {
      let best = -Infinity;
      for (let a = 0; a < mdp.numActions; a++) {
        let q = 0;
        for (let k = mdp.offsets[s * mdp.numActions + a]; k < mdp.offsets[s * mdp.numActions + a + 1]; k++) {
          q += mdp.probabilities[k] * (mdp.rewards[k] + (mdp.terminated[k] === 1 ? 0 : gamma * v[mdp.nextStates[k]]));
        }
        best = Math.max(best, q);
      }
      v[s] = best;
    }
  }
  return mdp.rho.data.reduce((sum, p, s) => sum + p * v[s], 0);
}

describe('toy text against the tables of Gymnasium 1.3.0', () => {
  const envs = [frozenLake(), frozenLake({ map: '8x8' }), cliffWalking(), taxi()];
  it.each(envs.map((env) => [env.id, env] as const))('%s: equal outcome by outcome, bit by bit', (id, env) => {
    const expected = golden(id);
    expect(outcomeTable(env.mdp)).toEqual(expected.P);
    expect([...env.mdp.rho.data]).toEqual(expected.initial);
  });

  it('has the time limits of the registry', () => {
    expect(envs.map((env) => env.maxEpisodeSteps)).toEqual([100, 200, undefined, 200]);
    expect(envs.map((env) => env.rewardThreshold)).toEqual([0.7, 0.85, undefined, 8]);
  });

  // The optima that Gymnasium's registry notes beside the thresholds. FrozenLake's counts the time limit: the discounted sum without it is higher.
  it('has the optimal values that are known', () => {
    expect(startValue(envs[3].mdp, 1, 60)).toBeCloseTo(7.93, 2);
    expect(startValue(envs[2].mdp, 1, 60)).toBe(-13);
    expect(startValue(envs[0].mdp, 1, 2000)).toBeCloseTo(0.8235, 4);
  });
});

describe('frozenLake', () => {
  it('is deterministic when not slippery', () => {
    const table = outcomeTable(frozenLakeMdp({ isSlippery: false }));
    expect(table[0][2]).toEqual([[1, 1, 0, false]]);
    expect(table[14][2]).toEqual([[1, 15, 1, true]]);
    expect(table[1][1]).toEqual([[1, 5, 0, true]]);
  });

  it('takes another map, success rate and rewards', () => {
    const table = outcomeTable(frozenLakeMdp({ map: ['SFG', 'SHF'], successRate: 0.5, rewardSchedule: [5, -2, -0.1] }));
    expect(table[1][2]).toEqual([[0.25, 4, -2, true], [0.5, 2, 5, true], [0.25, 1, -0.1, false]]);
    expect([...frozenLakeMdp({ map: ['SFG', 'SHF'] }).rho.data]).toEqual([0.5, 0, 0, 0.5, 0, 0]);
  });

  it('names what is wrong with a map', () => {
    expect(() => frozenLakeMdp({ map: ['SF', 'G'] })).toThrow(/row 1 differs/);
    expect(() => frozenLakeMdp({ map: ['SX', 'FG'] })).toThrow(/got 'X'/);
    expect(() => frozenLakeMdp({ map: ['FF', 'FG'] })).toThrow(/start S/);
    expect(() => frozenLakeMdp({ successRate: 1.5 })).toThrow(/in \[0, 1\]/);
  });

  it('walks along a trajectory computed by hand, and ends it', () => {
    const env = vectorize(frozenLake({ isSlippery: false }), 1, { autoReset: 'disabled' });
    expect([...env.reset()]).toEqual([0]);
    const seen = [2, 2, 1, 1, 1, 2].map((action) => {
      const { observation, reward, terminated } = env.step(Int32Array.of(action));
      return [observation[0], reward[0], terminated[0]];
    });
    expect(seen).toEqual([[1, 0, 0], [2, 0, 0], [6, 0, 0], [10, 0, 0], [14, 0, 0], [15, 1, 1]]);
    expect(() => env.step(Int32Array.of(0))).toThrow(/ended/);
  });
});

describe('cliffWalking', () => {
  it('goes back to the start from the cliff, without an end', () => {
    const env = vectorize(cliffWalking(), 1);
    env.reset();
    const { observation, reward, terminated } = env.step(Int32Array.of(1));
    expect([observation[0], reward[0], terminated[0]]).toEqual([36, -100, 0]);
  });

  it('slips to the sides with a third each', () => {
    expect(outcomeTable(cliffWalking({ isSlippery: true }).mdp)[36][0]).toEqual([[1 / 3, 36, -1, false], [1 / 3, 24, -1, false], [1 / 3, 36, -100, false]]);
  });
});

describe('taxi', () => {
  it('carries a passenger from red to the stop at green', () => {
    const env = vectorize(taxi(), 1, { autoReset: 'disabled' });
    env.reset({ seed: 1 });
    const start = ((0 * 5 + 1) * 5 + 0) * 4 + 1;
    env.setState(0, [start]);
    // West, pick up, south twice past the wall, east four times, north twice, drop off.
    const actions = [3, 4, 0, 0, 2, 2, 2, 2, 1, 1, 5];
    const rewards = actions.map((action) => env.step(Int32Array.of(action)).reward[0]);
    expect(rewards).toEqual([...new Array<number>(10).fill(-1), 20]);
    expect(env.getState(0)[0]).toBe(((0 * 5 + 4) * 5 + 1) * 4 + 1);
  });

  it('starts with the passenger away from the destination', () => {
    const env = vectorize(taxi(), 300);
    for (const state of env.reset({ seed: 5 })) {
      const passenger = Math.floor(state / 4) % 5;
      expect(passenger).toBeLessThan(4);
      expect(passenger).not.toBe(state % 4);
    }
  });
});
