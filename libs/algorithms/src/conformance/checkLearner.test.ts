import { adam, clipByGlobalNorm, chain, flatten, type Rng, tf, type Tree } from '@rivulet/engine';
import { box, discrete, multiDiscrete } from '@rivulet/envs';
import { mlp, qNetwork } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { actorCriticBatch, replayBatch } from '../../test/batches.js';
import { a2cConfig, a2cObjective, actorCritic, actorCriticNetworks, checkLearner, dqnConfig, dqnLearner, type Learner, ppoConfig, ppoObjective, sacConfig, sacLearner, sacNetworks, td3Config, td3Learner, td3Networks } from '../index.js';
import { falling } from '../falling.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const observation = box({ low: -1, high: 1, shape: [3] });
const continuous = { observation, action: box({ low: -1, high: 1, shape: [2] }) };
const networks = { hidden: [4], activation: 'tanh' } as const;
const optimizer = () => flatten(chain(clipByGlobalNorm(0.5), adam(falling(1e-2, 'linear', 10))));

const failures = async <S extends Tree, B extends Tree>(learner: Learner<S, B>, batch: (rng: Rng) => B) =>
  (await checkLearner(learner, batch)).filter(({ passed }) => !passed).map(({ name, detail }) => `${name}: ${detail}`);

describe('every learner of this library conforms', () => {
  const discreteBatch = (rng: Rng) => replayBatch(rng, { discrete: true });
  const continuousBatch = (rng: Rng) => replayBatch(rng, { discrete: false });
  const q = (dueling: boolean) => qNetwork({ body: mlp({ in: 3, hidden: [4], out: dueling ? 3 : 2 }), actions: 2, dueling });

  it.each(['discrete', 'continuous'] as const)('ppo, %s', async (kind) => {
    const config = ppoConfig.parse({ annealClipRange: 'linear', valueClipRange: 0.2 });
    const spaces = { observation, action: kind === 'discrete' ? discrete(2) : continuous.action };
    const learner = actorCritic(actorCriticNetworks(spaces, networks), ppoObjective(config, falling(0.2, 'linear', 10)), optimizer());
    expect(await failures(learner, (rng) => actorCriticBatch(rng, { discrete: kind === 'discrete' }))).toEqual([]);
  });

  it('a2c, multi-discrete', async () => {
    const learner = actorCritic(actorCriticNetworks({ observation, action: multiDiscrete([2, 3]) }, networks), a2cObjective(a2cConfig.parse({ entropyCoefficient: 0.01, normalizeAdvantage: true })), optimizer());
    // In a tidy, which frees the discrete actions that are replaced.
    const batch = (rng: Rng) => tf.tidy(() => ({ ...actorCriticBatch(rng, { discrete: true }), action: tf.tensor2d([0, 1, 1, 2, 0, 0, 1, 1, 0, 2], [5, 2], 'int32') }));
    expect(await failures(learner, batch)).toEqual([]);
  });

  it.each([
    ['plain', { double: false, loss: 'mse' }],
    ['double', {}],
    ['dueling, soft target', { dueling: true, tau: 0.1, targetEvery: 2 }],
  ] as const)('dqn, %s', async (_, settings) => {
    const config = dqnConfig.parse({ targetEvery: 3, ...settings });
    expect(await failures(dqnLearner(config, q(config.dueling)), discreteBatch)).toEqual([]);
  });

  it.each([['learned', {}], ['fixed', { temperature: 0.1 }], ['none', { temperature: 0 }]] as const)('sac, temperature %s', async (_, settings) => {
    const config = sacConfig.parse({ hidden: [4], ...settings });
    expect(await failures(sacLearner(config, sacNetworks(config, continuous)), continuousBatch)).toEqual([]);
  });

  it('td3', async () => {
    const config = td3Config.parse({ hidden: [4] });
    expect(await failures(td3Learner(config, td3Networks(config, continuous)), continuousBatch)).toEqual([]);
  });
});

describe('broken learners are found', () => {
  type State = { readonly w: tf.Tensor; readonly n: tf.Tensor };
  type Data = { readonly x: tf.Tensor };
  const batch = (rng: Rng): Data => ({ x: rng.normal([4]) });
  /** Sound: w ← w + mean(x) + noise. */
  const sound: Learner<State, Data> = {
    init: (rng) => ({ w: rng.normal([2]), n: tf.scalar(0) }),
    update: ({ w, n }, { x }, { rng }) => ({ state: { w: w.add(x.mean()).add(rng.normal([2])), n: n.add(1) }, metrics: { mean: x.mean() }, priority: x.abs() }),
  };
  const failing = async (broken: Partial<Learner<State, Data>>) => (await checkLearner({ ...sound, ...broken }, batch)).filter(({ passed }) => !passed).map(({ name }) => name);
  const changed = (change: (updated: ReturnType<typeof sound.update>, ...args: Parameters<typeof sound.update>) => ReturnType<typeof sound.update>): Partial<Learner<State, Data>> => ({
    update: (...args) => change(sound.update(...args), ...args),
  });

  it('a sound one passes', async () => {
    expect(await failing({})).toEqual([]);
  });

  it('init that remembers', async () => {
    let calls = 0;
    expect(await failing({ init: (rng) => ({ w: rng.normal([2]).add(calls++), n: tf.scalar(0) }) })).toContain('init follows from the seed');
  });

  it('init that ignores its seed', async () => {
    expect(await failing({ init: () => ({ w: tf.zeros([2]), n: tf.scalar(0) }) })).toEqual(['another seed, another state']);
  });

  it('an update that remembers', async () => {
    let calls = 0;
    expect(await failing(changed(({ state, ...rest }) => ({ ...rest, state: { ...state, w: state.w.add(calls++) } })))).toEqual(['an update follows from its arguments', 'updates that are said to be alike are alike', 'compiled updates equal eager ones', 'a stored state continues exactly']);
  });

  it('an update with a delay that it does not tell', async () => {
    const delayed = (alike?: (index: number) => number): Partial<Learner<State, Data>> => ({
      ...changed((updated, _state, _batch, { index }) => ({ ...updated, state: index % 3 === 2 ? { ...updated.state, w: updated.state.w.mul(2) } : updated.state })),
      alike,
    });
    expect(await failing(delayed((index) => index % 3))).toEqual([]);
    expect(await failing(delayed((index) => index % 2))).toContain('updates that are said to be alike are alike');
    expect(await failing(delayed())).toContain('updates that are said to be alike are alike');
  });

  it('an update that reads its tensors', async () => {
    expect(await failing(changed((updated, { w }) => (w.dataSync(), updated)))).toEqual(['compiled updates equal eager ones']);
  });

  it('an update that frees or writes to its arguments', async () => {
    expect(await failing(changed((updated, { w }) => (w.dispose(), updated)))).toContain('an update leaves its arguments as they are');
    expect(await failing(changed((updated, _, { x }) => (x.dispose(), updated)))).toContain('an update leaves its arguments as they are');
    expect(await failing(changed((updated, _, { x }) => ((x.dataSync()[0] = 7), updated)))).toContain('an update leaves its arguments as they are');
  });

  it('an update that does nothing', async () => {
    expect(await failing(changed((updated, state) => ({ ...updated, state })))).toEqual(['updates change the state']);
  });

  it('a state that grows', async () => {
    expect(await failing(changed(({ state, ...rest }) => ({ ...rest, state: { ...state, w: tf.concat([state.w, state.w]) } })))).toContain('the state keeps its structure');
  });

  it('numbers that are not finite', async () => {
    expect(await failing(changed(({ state, ...rest }) => ({ ...rest, state: { ...state, w: state.w.div(0) } })))).toContain('the state stays finite');
    expect(await failing(changed((updated) => ({ ...updated, metrics: { mean: tf.scalar(NaN) } })))).toEqual(['metrics are finite scalars']);
    expect(await failing(changed((updated, _, { x }) => ({ ...updated, metrics: { mean: x as tf.Scalar } })))).toContain('metrics are finite scalars');
  });

  it('priorities that do not fit', async () => {
    expect(await failing(changed((updated, _, { x }) => ({ ...updated, priority: x.abs().mean() })))).toEqual(['priorities are one number a row']);
    expect(await failing(changed((updated, _, { x }) => ({ ...updated, priority: x.abs().neg() })))).toEqual(['priorities are one number a row']);
  });

  it('a tensor that is kept', async () => {
    expect(await failing(changed((updated) => (tf.keep(tf.scalar(1)), updated)))).toEqual(['no tensor is left over']);
  });
});
