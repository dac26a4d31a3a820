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
import { type StateHolder, stateHolder } from './stateHolder.js';
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

describe.each([['compiled', true], ['eager', false]])('a state holder, %s', (_, compile) => {
  type State = { readonly moving: tf.Tensor; readonly still: tf.Tensor };
  type Batch = { readonly x: tf.Tensor; readonly scale: tf.Tensor };
  /** Adds x to `moving`; every third update also multiplies by a number of the stream. */
  const learner: Learner<State, Batch> = {
    init: (rng) => ({ moving: rng.normal([2]), still: tf.scalar(7) }),
    alike: (index) => (index % 3 === 2 ? 2 : 0),
    update: ({ moving, still }, { x, scale }, { rng, index }) => {
      const sum = moving.add(x.mul(scale));
      const last = index === 2;
      return {
        state: { moving: last ? sum.mul(rng.uniform([], 1, 2)) : sum, still },
        metrics: { sum: x.sum() as tf.Scalar, ...(last ? { third: tf.scalar(index) } : {}) },
        priority: x.abs(),
      };
    },
  };
  const hold = (options: { readonly learner?: Learner<State, Batch>; readonly prioritized?: boolean } = {}) =>
    stateHolder<State, Batch>({ learner, batch: ({ x }, shared) => ({ x, scale: (shared as { scale: tf.Tensor }).scale }), rng: Rng.fromSeed(1), prioritized: false, compile, ...options });
  const shared = () => ({ scale: ndarray('float32', [], Float32Array.of(10)) });
  /** K turns: x is the number of the turn, twice. */
  const rows = (...values: readonly number[]) => ({ x: ndarray('float32', [values.length, 2], Float32Array.from(values.flatMap((value) => [value, value]))) });
  const moving = (holder: StateHolder<State>) => Array.from(holder.weights(whole).moving.dataSync());
  const whole = (state: State) => state;

  it('makes one update a turn, each with its rows, what is shared, its index and its draws', async () => {
    const holder = hold();
    const [first, second] = moving(holder);
    const stream = Rng.fromSeed(9);
    await holder.run(rows(1, 2), shared(), stream);
    await holder.run(rows(3, 4), shared(), stream);
    const factor = Rng.fromSeed(9).uniform([], 1, 2).dataSync()[0];
    expectClose(moving(holder), [(first + 60) * factor + 40, (second + 60) * factor + 40], 1e-5);
    expect(holder.updates).toBe(4);
    holder.dispose();
  });

  it('runs a phase of updates that are alike, and gives the same as one by one', async () => {
    const { alike: _never, ...plain } = learner;
    const [phase, single] = [hold({ learner: plain }), hold({ learner: plain })];
    await phase.run(rows(1, 2, 3, 4), shared(), Rng.fromSeed(9));
    for (const value of [1, 2, 3, 4]) await single.run(rows(value), shared(), Rng.fromSeed(9));
    expect(moving(phase)).toEqual(moving(single));
    expect([phase.updates, phase.readMetrics()]).toEqual([4, { sum: 5 }]);
    phase.dispose();
    single.dispose();
  });

  it('averages metrics between two reads, each over the updates that had it', async () => {
    const holder = hold();
    await holder.run(rows(0, 1, 2, 3), shared(), Rng.fromSeed(0));
    expect(holder.readMetrics()).toEqual({ sum: 3, third: 2 });
    expect(holder.readMetrics()).toEqual({});
    holder.dispose();
  });

  it.each([NaN, Infinity])('says that the training diverged when a metric is %f', async (value) => {
    const holder = hold();
    await holder.run(rows(value), shared(), Rng.fromSeed(0));
    expect(() => holder.readMetrics()).toThrow(`the training diverged: the metric 'sum' is ${value} after 1 updates`);
    holder.dispose();
  });

  it('hands out the priorities of every turn where they are asked for', async () => {
    const holder = hold({ prioritized: true });
    const priority = await holder.run(rows(-1, 2), shared(), Rng.fromSeed(0));
    expect([priority?.shape, Array.from(priority!.data)]).toEqual([[2, 2], [1, 1, 2, 2]]);
    holder.dispose();
    const unasked = hold();
    expect(await unasked.run(rows(-1, 2), shared(), Rng.fromSeed(0))).toBeUndefined();
    unasked.dispose();
  });

  it('hands out weights that live until the next ones, and frees everything', async () => {
    const before = tensorCount();
    const holder = hold();
    const old = holder.weights(whole);
    await holder.run(rows(1), shared(), Rng.fromSeed(0));
    const now = holder.weights(whole);
    expect([old.moving.isDisposed, now.moving.isDisposed, holder.weights(whole) === now]).toEqual([true, false, true]);
    const count = tensorCount();
    for (let i = 0; i < 3; i++) {
      await holder.run(rows(1, 2), shared(), Rng.fromSeed(0));
      holder.weights(whole);
    }
    expect(tensorCount()).toBe(count);
    holder.dispose();
    expect(tensorCount()).toBe(before);
  });

  it('keeps its state, and leaves nothing behind, when an update fails', async () => {
    const before = tensorCount();
    const failing: typeof learner = {
      ...learner,
      update() {
        tf.scalar(1);
        throw new Error('no');
      },
    };
    const holder = hold({ learner: failing });
    await expect(holder.run(rows(1), shared(), Rng.fromSeed(0))).rejects.toThrow('no');
    expect([holder.weights(whole).moving.isDisposed, holder.updates]).toEqual([false, 0]);
    holder.dispose();
    expect(tensorCount()).toBe(before);
  });

  it('stores what the other way of running it takes up', async () => {
    const [one, other] = [hold(), stateHolder<State, Batch>({ learner, batch: ({ x }) => ({ x, scale: tf.scalar(1) }), rng: Rng.fromSeed(2), prioritized: false, compile: !compile })];
    await one.run(rows(1, 2), shared(), Rng.fromSeed(0));
    other.restore(await one.snapshot());
    expect(moving(other)).toEqual(moving(one));
    expect(other.updates).toBe(2);
    one.dispose();
    other.dispose();
  });

  it('names the tensor that a snapshot of other networks lacks', async () => {
    const holder = hold();
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
