import { Rng } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import {
  checkEnv,
  checkVectorEnv,
  compassMoves,
  contextualBandit,
  deepSea,
  egocentricView,
  frozenLake,
  gridImage,
  gridLayout,
  gridWorld,
  multiArmedBandit,
  pointMass,
  pointMaze,
  randomMdp,
  slip,
  sticky,
  tabularEnv,
  toEnv,
  turnMoves,
  vectorize,
} from '../index.js';
import type { CheckResult, Env, EnvDefinition } from '../index.js';

const failures = (results: readonly CheckResult[]): CheckResult[] => results.filter((result) => !result.passed);

// What the registry does not show: options that change spaces, states or randomness.
const families: { readonly [name: string]: () => EnvDefinition } = {
  'random MDP': () => tabularEnv(randomMdp(Rng.fromSeed(1), { S: 8, A: 3, kind: 'garnet', horizon: 15 })),
  'sure-footed lake': () => frozenLake({ isSlippery: false }),
  'stochastic deep sea': () => deepSea({ size: 6, deterministic: false, mappingSeed: 3 }),
  'levels of mazes in images': () => gridWorld({ layout: [0, 1, 2].map((seed) => gridLayout('maze', { size: 7, rng: Rng.fromSeed(seed) })), observation: gridImage() }),
  'keys and views with sticky turns': () => gridWorld({ layout: gridLayout('keyDoor', { size: 3 }), rules: sticky(turnMoves(), 0.25), observation: egocentricView(5) }),
  'slippery four rooms': () => gridWorld({ layout: 'fourRooms', rules: slip(compassMoves(8), 0.3) }),
  'switching bandit': () => multiArmedBandit({ means: [0, 1, 2], distribution: 'gaussian', switchProbability: 0.2, horizon: 12 }),
  'contextual bandit': () => contextualBandit({ contexts: [[0, 1], [1, 0], [2, 2]], rewards: [[1, 0], [0, 1], [0.5, 0]], distribution: 'gaussian', horizon: 5 }),
  'point mass with everything': () =>
    pointMass({
      integrator: 1,
      goals: [[0.5, 0.5], [-0.5, -0.5]],
      goal: 'drawn',
      sparse: true,
      obstacles: [{ x: 0, y: 0, radius: 0.2 }],
      regions: [{ x: 0.5, y: -0.5, radius: 0.3, reward: -1 }],
      noiseZones: [{ x: -0.5, y: 0.5, radius: 0.3, noise: 0.2 }],
      actionCost: 0.01,
    }),
  'maze with drawn goals': () => pointMaze({ layout: 'medium', goal: 'drawn', sparse: false }),
  'maze in images': () => pointMaze({ layout: 'square', image: 16 }),
};

describe('families of environments', () => {
  it.each(Object.keys(families))('%s: conforms, alone and in batches', async (name) => {
    const options = { steps: 60, random: name !== 'sure-footed lake' };
    // A definition holds no state: one serves all copies.
    const definition = families[name]();
    expect(failures(await checkEnv(() => toEnv(definition, { maxEpisodeSteps: 20 }) as Env, options))).toEqual([]);
    expect(failures(await checkVectorEnv((n, { autoReset }) => vectorize(definition, n, { autoReset, maxEpisodeSteps: 20 }), options))).toEqual([]);
  });
});
