// One update of the real learners: eagerly on WebAssembly, compiled call by call, and compiled as one loop of many.
import { adam, chain, chooseBackend, clipByGlobalNorm, compile, compileScan, constantSchedule, flatten, pack, Rng, tf } from '@rivulet/engine';
import { actorCritic, actorCriticNetworks, ppoConfig, ppoObjective, sacConfig, sacLearner, sacNetworks } from '@rivulet/algorithms';
import { box, discrete } from '@rivulet/envs';

const boxOf = (size) => box({ low: -1, high: 1, shape: [size] });

/** PPO on 4 observations and 2 actions, actor and critic 64-64 with tanh, gradients clipped by their norm, Adam. */
function ppo(batchSize) {
  const networks = actorCriticNetworks({ observation: boxOf(4), action: discrete(2) }, { hidden: [64, 64], activation: 'tanh' });
  const optimizer = flatten(chain(clipByGlobalNorm(0.5), adam(3e-4, { epsilon: 1e-5 })));
  const batch = (rng) => ({
    observation: rng.normal([batchSize, 4]),
    action: tf.tensor1d(Int32Array.from({ length: batchSize }, () => rng.nextInt(2)), 'int32'),
    logProb: rng.uniform([batchSize], -0.8, -0.6),
    advantage: rng.normal([batchSize]),
    returns: rng.normal([batchSize]),
    value: rng.normal([batchSize]),
  });
  return { learner: actorCritic(networks, ppoObjective(ppoConfig.parse({}), constantSchedule(0.2)), optimizer), batch };
}

/** SAC on 17 observations and 6 actions, actor and twin critics 256-256 with relu, learned temperature. */
function sac(batchSize) {
  const networks = sacNetworks({ hidden: [256, 256], activation: 'relu' }, { observation: boxOf(17), action: boxOf(6) });
  const batch = (rng) => ({
    observation: rng.normal([batchSize, 17]),
    nextObservation: rng.normal([batchSize, 17]),
    action: rng.uniform([batchSize, 6], -1, 1),
    reward: rng.normal([batchSize]),
    discount: tf.fill([batchSize], 0.99),
    terminated: tf.zeros([batchSize]),
    weight: tf.ones([batchSize]),
  });
  return { learner: sacLearner(sacConfig.parse({}), networks), batch };
}

const update = (learner) => (state, batch, context) => {
  const { state: next, metrics } = learner.update(state, batch, context);
  return { state: next, metrics };
};

function eager(make) {
  return async () => {
    await chooseBackend({ backend: 'wasm' });
    const { learner, batch } = make();
    const rng = Rng.fromSeed(1);
    let state = learner.init(rng);
    const rows = batch(rng);
    return {
      call() {
        const next = tf.tidy(() => learner.update(state, rows, { rng, index: 0 }).state);
        tf.dispose(state);
        state = next;
      },
      close: () => tf.dispose([state, rows]),
    };
  };
}

function called(make, options) {
  return async () => {
    await tf.setBackend('cpu');
    const { learner, batch } = make();
    const rng = Rng.fromSeed(1);
    const step = compile(update(learner), options);
    let state = pack(learner.init(rng));
    const rows = pack(batch(rng));
    return {
      async call() {
        ({ state } = await step(state, rows, { rng, index: 0 }));
      },
      close: () => step.dispose(),
    };
  };
}

function looped(make, turns, options) {
  return async () => {
    await tf.setBackend('cpu');
    const { learner, batch } = make();
    const rng = Rng.fromSeed(1);
    const scan = compileScan(update(learner), options);
    let state = pack(learner.init(rng));
    const all = Array.from({ length: turns }, () => batch(rng));
    const rows = pack(Object.fromEntries(Object.keys(all[0]).map((name) => [name, tf.stack(all.map((each) => each[name]))])));
    return {
      async call() {
        ({ state } = await scan(state, rows, { rng, index: 0 }));
      },
      count: turns,
      unit: 'updates',
      close: () => scan.dispose(),
    };
  };
}

const name = (algorithm, size, how) => `${algorithm}-${size}-${how}`;

export const benchmarks = [
  ...[64, 1024].flatMap((size) => [
    { name: name('ppo', size, 'eager'), about: `one PPO update of ${size} transitions, eagerly on WebAssembly`, setup: eager(() => ppo(size)) },
    { name: name('ppo', size, 'compiled'), about: 'the same, compiled, one call each', setup: called(() => ppo(size)) },
    { name: name('ppo', size, 'loop'), about: 'the same, compiled, 64 in one loop', setup: looped(() => ppo(size), 64) },
  ]),
  { name: name('sac', 256, 'eager'), about: 'one SAC update of 256 transitions, eagerly on WebAssembly', setup: eager(() => sac(256)) },
  { name: name('sac', 256, 'compiled'), about: 'the same, compiled, one call each, one thread', setup: called(() => sac(256)) },
  { name: name('sac', 256, 'compiled-2'), about: 'the same with two threads', setup: called(() => sac(256), { threads: 2 }) },
  { name: name('sac', 256, 'loop'), about: 'the same, compiled, 16 in one loop, one thread', setup: looped(() => sac(256), 16) },
];
