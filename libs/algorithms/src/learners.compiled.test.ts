import { adam, chain, clipByGlobalNorm, compile, compileScan, constantSchedule, flatten, linearSchedule, pack, type Packed, Rng, tensorCount, tf, type Tree, treeLeaves } from '@rivulet/engine';
import { box, discrete } from '@rivulet/envs';
import { mlp, qNetwork } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { a2cObjective } from './a2c.js';
import { a2cConfig } from './a2cConfig.js';
import { actorCritic, type ActorCriticBatch } from './actorCritic.js';
import { actorCriticNetworks } from './actorCriticNetworks.js';
import { dqnLearner } from './dqn.js';
import { dqnConfig } from './dqnConfig.js';
import type { Learner, UpdateContext } from './learner.js';
import { ppoObjective } from './ppo.js';
import { ppoConfig } from './ppoConfig.js';
import type { ReplayBatch } from './replayLearner.js';
import { sacLearner, sacNetworks } from './sac.js';
import { sacConfig } from './sacConfig.js';
import { td3Learner, td3Networks } from './td3.js';
import { td3Config } from './td3Config.js';

const UPDATES = 20;
const B = 16;

const refuse = (line: string): never => {
  throw new Error(line);
};

function rollout(discreteActions: boolean): (rng: Rng) => ActorCriticBatch {
  return (rng) => ({
    observation: rng.normal([B, 3]),
    action: discreteActions ? tf.tensor1d(Int32Array.from({ length: B }, () => rng.nextInt(2)), 'int32') : rng.normal([B, 2]),
    logProb: rng.uniform([B], -2, -0.5),
    advantage: rng.normal([B]),
    returns: rng.normal([B]),
    value: rng.normal([B]),
  });
}

function replayed(rng: Rng): ReplayBatch {
  return {
    observation: rng.normal([B, 3]),
    action: rng.uniform([B, 2], -1, 1),
    reward: rng.normal([B]),
    discount: rng.uniform([B], 0.9, 0.99),
    terminated: rng.uniform([B]).greater(0.8).toFloat(),
    nextObservation: rng.normal([B, 3]),
    weight: rng.uniform([B]),
  };
}

const spaces = (action: 'discrete' | 'box') => ({ observation: box({ low: -1, high: 1, shape: [3] }), action: action === 'discrete' ? discrete(2) : box({ low: -1, high: 1, shape: [2] }) });

function onPolicy(objective: 'ppo' | 'ppo, all options' | 'a2c', action: 'discrete' | 'box'): Learner<Tree, Tree> {
  const networks = actorCriticNetworks(spaces(action), { hidden: [8, 8], activation: 'tanh' });
  const schedule = linearSchedule({ from: 0.01, to: 0, steps: 50 });
  const optimizer = flatten(chain(clipByGlobalNorm(0.5), adam(schedule, { epsilon: 1e-5 })));
  if (objective === 'a2c') return actorCritic(networks, a2cObjective(a2cConfig.parse({})), optimizer) as unknown as Learner<Tree, Tree>;
  const settings = objective === 'ppo' ? {} : { valueClipRange: 0.2 };
  return actorCritic(networks, ppoObjective(ppoConfig.parse(settings), objective === 'ppo' ? constantSchedule(0.2) : linearSchedule({ from: 0.2, to: 0, steps: 40 })), optimizer) as unknown as Learner<Tree, Tree>;
}

const small: { hidden: number[]; activation: 'relu' } = { hidden: [8, 8], activation: 'relu' };

interface Case {
  readonly name: string;
  readonly learner: Learner<Tree, Tree>;
  readonly batch: (rng: Rng) => Tree;
  /** An earlier index at which an update does the same: what is due then and now. Without it, every index is alike. */
  readonly alike?: (index: number) => number;
  /** In how many ways an update can go. */
  readonly ways?: number;
}

const cases: readonly Case[] = [
  { name: 'PPO, discrete', learner: onPolicy('ppo', 'discrete'), batch: rollout(true) },
  { name: 'PPO, continuous, value clipping, annealed clip range', learner: onPolicy('ppo, all options', 'box'), batch: rollout(false) },
  { name: 'A2C', learner: onPolicy('a2c', 'discrete'), batch: rollout(true) },
  { name: 'SAC', learner: sacLearner(sacConfig.parse({}), sacNetworks(small, spaces('box'))) as unknown as Learner<Tree, Tree>, batch: replayed },
  { name: 'SAC, fixed temperature', learner: sacLearner(sacConfig.parse({ temperature: 0.2 }), sacNetworks(small, spaces('box'))) as unknown as Learner<Tree, Tree>, batch: replayed },
  { name: 'TD3', learner: td3Learner(td3Config.parse({ policyDelay: 2 }), td3Networks(small, spaces('box'))) as unknown as Learner<Tree, Tree>, batch: replayed, alike: (index) => index % 2, ways: 2 },
  ...[false, true].map((dueling): Case => ({
    name: `DQN${dueling ? ', dueling' : ''}`,
    learner: dqnLearner(dqnConfig.parse({ targetEvery: 4, dueling }), qNetwork({ body: mlp({ in: 3, ...small, out: dueling ? 3 : 2 }), actions: 2, dueling })) as unknown as Learner<Tree, Tree>,
    batch: (rng) => ({ ...replayed(rng), action: tf.tensor1d(Int32Array.from({ length: B }, () => rng.nextInt(2)), 'int32') }),
    alike: (index) => ((index + 1) % 4 === 0 ? 3 : 0),
    ways: 2,
  })),
];

/** The difference of two states, relative to 1 + |value|: rounding, which updates pass on. */
function distance(packed: Packed<Tree>, tree: Tree): number {
  const leaves = new Map(treeLeaves(tree).map(({ path, tensor }) => [path, tensor.dataSync()]));
  expect(packed.layout.leaves.map(({ path }) => path).sort()).toEqual([...leaves.keys()].sort());
  let worst = 0;
  for (const { path, buffer, offset, size } of packed.layout.leaves) {
    const expected = leaves.get(path)!;
    packed.buffers[buffer].subarray(offset, offset + size).forEach((value, i) => (worst = Math.max(worst, Math.abs(value - expected[i]) / (1 + Math.abs(expected[i])))));
  }
  return worst;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('learners, compiled and eager', () => {
  it.each(cases.map((each): [string, Case] => [each.name, each]))('%s: 20 updates', async (_, { learner, batch, alike = () => 0, ways = 1 }) => {
    const step = compile((state: Tree, rows: Tree, context: UpdateContext) => {
      const { state: next, metrics, priority } = learner.update(state, rows, context);
      return { state: next, metrics, priority };
    }, { warn: refuse });
    let state = learner.init(Rng.fromSeed(1));
    let packed: Packed<Tree> = pack(state);
    const [rng, twin, data] = [Rng.fromSeed(2), Rng.fromSeed(2), Rng.fromSeed(3)];
    for (let i = 0; i < UPDATES; i++) {
      const rows = batch(data);
      const before = tensorCount();
      const compiled = await step(packed, rows, { rng, index: alike(i) });
      expect(tensorCount()).toBe(before);
      const eager = learner.update(state, rows, { rng: twin, index: i });
      const metrics = compiled.metrics.toNumbers();
      for (const [name, value] of Object.entries(eager.metrics)) expect(metrics[name], name).toBeCloseTo(value.dataSync()[0], 3);
      expect(compiled.priority === undefined).toBe(eager.priority === undefined);
      packed = compiled.state;
      state = eager.state;
    }
    expect(distance(packed, state)).toBeLessThan(2e-4);
    expect(rng.state()).toEqual(twin.state());
    expect(step.forms.map(({ how }) => how)).toEqual(Array.from({ length: ways }, () => 'compiled'));
    await step.dispose();
  });

  it.each(cases.filter(({ alike }) => alike === undefined).map((each): [string, Case] => [each.name, each]))('%s: a loop of 20 updates equals 20 calls', async (_, { learner, batch }) => {
    const update = (state: Tree, rows: Tree, { rng }: { rng: Rng }): { state: Tree; metrics: Tree } => {
      const { state: next, metrics } = learner.update(state, rows, { rng, index: 0 });
      return { state: next, metrics };
    };
    const [step, scan] = [compile(update, { warn: refuse }), compileScan(update, { warn: refuse })];
    const data = Rng.fromSeed(3);
    const batches = Array.from({ length: UPDATES }, () => batch(data));
    const initial = pack(learner.init(Rng.fromSeed(1)));
    let packed: Packed<Tree> = initial;
    const [rng, twin] = [Rng.fromSeed(2), Rng.fromSeed(2)];
    for (const rows of batches) packed = (await step(packed, rows, { rng })).state;
    const stacked = Object.fromEntries(Object.keys(batches[0]).map((name) => [name, tf.stack(batches.map((rows) => (rows as { [name: string]: tf.Tensor })[name]))]));
    const looped = await scan(initial, stacked, { rng: twin });
    looped.state.buffers.forEach((buffer, i) => expect([...buffer]).toEqual([...packed.buffers[i]]));
    expect(twin.state()).toEqual(rng.state());
    await Promise.all([step.dispose(), scan.dispose()]);
  });
});
