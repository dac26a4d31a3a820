import { ndarray, Rng, tensorCount, tf, type Tree, treeLeaves } from '@rivulet/engine';
import { box, dictSpace, discrete, multiBinary, multiDiscrete } from '@rivulet/envs';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose } from '../test/expectClose.js';
import { a2cConfig } from './a2cConfig.js';
import { actorCriticNetworks } from './actorCriticNetworks.js';
import { dqnConfig } from './dqnConfig.js';
import { explainedVariance } from './explainedVariance.js';
import { falling } from './falling.js';
import type { Learner } from './learner.js';
import { ObservationNormalizer } from './observationNormalizer.js';
import { ppoConfig } from './ppoConfig.js';
import { sacConfig } from './sacConfig.js';
import { actionField, observationTensor, rowsArray, spaceField } from './spaceFields.js';
import { StateHolder } from './stateHolder.js';
import { td3Config } from './td3Config.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('explainedVariance', () => {
  it('is 1 for perfect values, 0 for a constant, negative for worse', () => {
    expect(explainedVariance([1, 2, 3], [1, 2, 3])).toBe(1);
    expect(explainedVariance([9, 9, 9], [1, 2, 3])).toBe(0);
    // Differences 2, 0, -2: variance 8/3 beside 2/3.
    expectClose([explainedVariance([-1, 2, 5], [1, 2, 3])], [-3]);
    expect(explainedVariance([1, 2], [5, 5])).toBe(0);
  });
});

describe('falling', () => {
  it('stays, or falls to zero and no further', () => {
    expect([0, 5, 20].map((step) => falling(2, 'none', 10).at(step))).toEqual([2, 2, 2]);
    expect([0, 5, 10, 20].map((step) => falling(2, 'linear', 10).at(step))).toEqual([2, 1, 0, 0]);
  });
});

describe('spaces as fields', () => {
  it('have shape and type', () => {
    expect(spaceField(box({ low: 0, high: 1, shape: [2, 3] }))).toEqual({ shape: [2, 3], dtype: 'float32' });
    expect(actionField(box({ low: 0, high: 1, shape: [2, 3] }))).toEqual({ shape: [6], dtype: 'float32' });
    expect(actionField(box({ low: 0, high: 1, shape: [] }))).toEqual({ shape: [1], dtype: 'float32' });
    expect(actionField(discrete(3))).toEqual({ shape: [], dtype: 'int32' });
    expect(spaceField(multiDiscrete([2, 3, 4]))).toEqual({ shape: [3], dtype: 'int32' });
    expect(spaceField(multiBinary(2))).toEqual({ shape: [2], dtype: 'int32' });
  });

  it('are refused where they have no rows, or do not start at zero', () => {
    expect(() => spaceField(discrete(3, 1))).toThrow('starts at 1: algorithms want actions 0 .. n-1');
    expect(() => spaceField(dictSpace({ a: discrete(2) }))).toThrow('a dict space has no rows of numbers');
  });

  it('shape rows, and copy observations', () => {
    expect(rowsArray(Int32Array.of(1, 2, 3, 4), multiDiscrete([5, 5]))).toEqual(ndarray('int32', [2, 2], Int32Array.of(1, 2, 3, 4)));
    const rows = Float32Array.of(1, 2, 3, 4);
    const tensor = observationTensor(rows, box({ low: 0, high: 9, shape: [2] }));
    rows.fill(0);
    expect(tensor.shape).toEqual([2, 2]);
    expectClose(tensor, [1, 2, 3, 4]);
  });
});

describe('actorCriticNetworks', () => {
  const observation = box({ low: -1, high: 1, shape: [3] });
  const options = { hidden: [16], activation: 'tanh' } as const;
  const norms = (tree: Tree) => Object.fromEntries(treeLeaves(tree).map(({ path, tensor }) => [path, Math.sqrt(tensor.square().sum().dataSync()[0])]));

  it('start with a policy near uniform: gain √2 inside, 0.01 for its last layer, 1 for that of the value', () => {
    const { policy, value } = actorCriticNetworks({ observation, action: discrete(4) }, options);
    const [p, v] = [norms(policy.init(Rng.fromSeed(1))), norms(value.init(Rng.fromSeed(1)))];
    // An orthogonal [m, n] of gain g has the norm g·√min(m, n).
    expectClose([p['layers/0/kernel'], p['layers/1/kernel'], v['layers/0/kernel'], v['layers/1/kernel']], [Math.sqrt(6), 0.02, Math.sqrt(6), 1], 1e-4);
    expectClose([p['layers/0/bias'], p['layers/1/bias'], v['layers/1/bias']], [0, 0, 0]);
    const entropy = policy.apply(policy.init(Rng.fromSeed(1)), tf.ones([1, 3])).entropy();
    expectClose(entropy, [Math.log(4)], 1e-3);
  });

  it('fit the action space', () => {
    const kinds = [discrete(4), multiDiscrete([2, 3]), box({ low: -1, high: 1, shape: [2] })].map((action) => {
      const { policy } = actorCriticNetworks({ observation, action }, options);
      const distribution = policy.apply(policy.init(Rng.fromSeed(1)), tf.ones([5, 3]));
      return [(distribution as unknown as { kind: string }).kind, distribution.mode().shape];
    });
    expect(kinds).toEqual([['categorical', [5]], ['multiDiscrete', [5, 2]], ['gaussian', [5, 2]]]);
    expect(() => actorCriticNetworks({ observation, action: multiBinary(2) }, options)).toThrow('no policy for a multiBinary action space: use box, discrete or multiDiscrete');
  });

  it('let a Gaussian start with deviation 1', () => {
    const { policy } = actorCriticNetworks({ observation, action: box({ low: -1, high: 1, shape: [2] }) }, options);
    expectClose((policy.init(Rng.fromSeed(1)) as { logStd: tf.Tensor }).logStd, [0, 0]);
  });
});

describe('StateHolder', () => {
  type State = { readonly moving: tf.Tensor; readonly still: tf.Tensor };
  const learner: Learner<State, { readonly x: tf.Tensor }> = {
    init: (rng) => ({ moving: rng.normal([2]), still: tf.scalar(7) }),
    update: ({ moving, still }, { x }, { index }) => ({
      state: { moving: moving.add(x), still },
      metrics: { sum: x.sum() as tf.Scalar, ...(index % 2 === 1 ? { odd: tf.scalar(index) } : {}) },
      priority: x.abs(),
    }),
  };
  const batch = (value: number) => ({ x: tf.fill([2], value) });

  it('averages metrics between two reads, each over the updates that had it', async () => {
    const holder = new StateHolder(learner, Rng.fromSeed(1));
    for (let i = 0; i < 4; i++) holder.update(batch(i), Rng.fromSeed(0))?.dispose();
    expect(await holder.readMetrics()).toEqual({ sum: 3, odd: 2 });
    expect(await holder.readMetrics()).toEqual({});
    expect(holder.updates).toBe(4);
    holder.dispose();
  });

  it.each([NaN, Infinity])('says that the training diverged when a metric is %f', async (value) => {
    const holder = new StateHolder(learner, Rng.fromSeed(1));
    holder.update(batch(value), Rng.fromSeed(0))?.dispose();
    await expect(holder.readMetrics()).rejects.toThrow(`the training diverged: the metric 'sum' is ${value} after 1 updates`);
    holder.dispose();
  });

  it('frees old states and batches, keeps what is shared, and hands out the priorities', () => {
    const before = tensorCount();
    const holder = new StateHolder(learner, Rng.fromSeed(1));
    const { still, moving } = holder.state;
    const given = batch(-3);
    const priority = holder.update(given, Rng.fromSeed(0));
    expect([still.isDisposed, moving.isDisposed, given.x.isDisposed]).toEqual([false, true, true]);
    expect(holder.state.still).toBe(still);
    expectClose(priority as tf.Tensor, [3, 3]);
    priority?.dispose();
    holder.dispose();
    expect(tensorCount()).toBe(before);
  });

  it('frees the batch, and keeps its state, when an update fails', () => {
    const before = tensorCount();
    const failing: typeof learner = {
      ...learner,
      update() {
        tf.scalar(1);
        throw new Error('no');
      },
    };
    const holder = new StateHolder(failing, Rng.fromSeed(1));
    expect(() => holder.update(batch(1), Rng.fromSeed(0))).toThrow('no');
    expect(holder.state.moving.isDisposed).toBe(false);
    expect(holder.updates).toBe(0);
    holder.dispose();
    expect(tensorCount()).toBe(before);
  });

  it('names the tensor that a snapshot of other networks lacks', async () => {
    const holder = new StateHolder(learner, Rng.fromSeed(1));
    const { arrays, data } = await holder.snapshot();
    expect(() => holder.restore({ arrays: { still: arrays.still }, data })).toThrow("lacks 'moving'");
    holder.dispose();
  });
});

describe('ObservationNormalizer', () => {
  it('leaves observations alone where it is off', () => {
    const off = new ObservationNormalizer(false, 2);
    off.observe(tf.tensor2d([[5, 6]]));
    expect(off.weights).toEqual({});
    expectClose(off.apply(tf.tensor2d([[5, 60]])), [5, 60]);
  });

  it('standardises by all that it saw, and continues from a snapshot', async () => {
    const [one, other] = [new ObservationNormalizer(true, 1), new ObservationNormalizer(true, 1)];
    one.observe(tf.tensor2d([[1], [3]]));
    one.observe(tf.tensor2d([[8]]));
    const sd = Math.sqrt((9 + 1 + 16) / 3);
    expectClose(one.apply(tf.tensor2d([[8], [4]])), [4 / sd, 0], 1e-4);
    other.restore(await one.snapshot());
    expect(Array.from(other.apply(tf.tensor2d([[7]])).dataSync())).toEqual(Array.from(one.apply(tf.tensor2d([[7]])).dataSync()));
    one.dispose();
    other.dispose();
  });
});

describe('configs', () => {
  const configs = { ppo: ppoConfig, a2c: a2cConfig, dqn: dqnConfig, sac: sacConfig, td3: td3Config };

  it.each(Object.entries(configs))('%s has a default and a meaning for everything, and refuses what it does not know', (_, config) => {
    expect(() => config.parse({})).not.toThrow();
    for (const [name, field] of Object.entries(config.shape)) expect(field.description ?? (field as { unwrap(): { description?: string } }).unwrap().description, name).toMatch(/\w/);
    expect(() => config.parse({ learningrate: 1 })).toThrow(/learningrate/);
  });
});
