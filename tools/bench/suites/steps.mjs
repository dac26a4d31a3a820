// One update of the real learners and of two larger networks: eagerly on WebAssembly, compiled call by call, and compiled as one loop of many.
import { adam, applyUpdates, chain, chooseBackend, clipByGlobalNorm, compile, compileScan, constantSchedule, flatten, pack, Rng, tf, valueAndGrad } from '@rivulet/engine';
import { actorCritic, actorCriticNetworks, ppoConfig, ppoObjective, sacConfig, sacLearner, sacNetworks } from '@rivulet/algorithms';
import { box, discrete } from '@rivulet/envs';
import { categoricalPolicy, causalTransformer, linear, natureCnn, valueNet } from '@rivulet/networks';
import { benchmarks as acting } from './act.mjs';

const boxOf = (size) => box({ low: -1, high: 1, shape: [size] });
const integers = (rng, shape, below) => tf.tensor(Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.nextInt(below)), shape, 'int32');
const clippedAdam = (maxNorm, learningRate, options) => flatten(chain(clipByGlobalNorm(maxNorm), adam(learningRate, options)));
const ppoLearner = (networks) => actorCritic(networks, ppoObjective(ppoConfig.parse({}), constantSchedule(0.2)), clippedAdam(0.5, 3e-4, { epsilon: 1e-5 }));

const rolloutOf = (rng, batchSize, observation, actions) => ({
  observation,
  action: integers(rng, [batchSize], actions),
  logProb: rng.uniform([batchSize], -0.8, -0.6),
  advantage: rng.normal([batchSize]),
  returns: rng.normal([batchSize]),
  value: rng.normal([batchSize]),
});

/** PPO on 4 observations and 2 actions, actor and critic 64-64 with tanh, gradients clipped by their norm, Adam. */
function ppo(batchSize) {
  const networks = actorCriticNetworks({ observation: boxOf(4), action: discrete(2) }, { hidden: [64, 64], activation: 'tanh' });
  return { learner: ppoLearner(networks), batch: (rng) => rolloutOf(rng, batchSize, rng.normal([batchSize, 4]), 2) };
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

/** PPO on 84×84×4 pixels and 6 actions: one convolutional body (Mnih et al. 2015) under a softmax and a value. */
function natureCnnStep(batchSize) {
  const networks = { body: natureCnn(), policy: categoricalPolicy({ body: linear({ in: 512, out: 6 }) }), value: valueNet({ body: linear({ in: 512, out: 1 }) }) };
  const objective = ppoObjective(ppoConfig.parse({}), constantSchedule(0.1));
  const lossOf = (parameters, batch, step) => {
    const features = networks.body.apply(parameters.body, batch.observation);
    const policy = networks.policy.apply(parameters.policy, features);
    const { loss, metrics } = objective({ batch, policy, value: networks.value.apply(parameters.value, features), logProb: policy.logProb(batch.action), step });
    return { loss, aux: metrics };
  };
  const init = (rng) => Object.fromEntries(Object.entries(networks).map(([name, network]) => [name, network.init(rng)]));
  const batch = (rng) => rolloutOf(rng, batchSize, integers(rng, [batchSize, 84, 84, 4], 256), 6);
  return { learner: descent(init, lossOf, clippedAdam(0.5, 2.5e-4, { epsilon: 1e-5 })), batch };
}

const GPT = { layers: 4, dim: 128, heads: 4, context: 64, vocab: 64 };

/** A decoder-only transformer that learns the next token by cross-entropy. */
function gpt(batchSize) {
  const { context, vocab } = GPT;
  const network = causalTransformer(GPT);
  const lossOf = (parameters, { tokens, next }) => {
    const logProb = tf.logSoftmax(network.apply(parameters, { tokens }).logits);
    return { loss: logProb.mul(tf.oneHot(next, vocab).toFloat()).sum(-1).mean().neg(), aux: {} };
  };
  const batch = (rng) => ({ tokens: integers(rng, [batchSize, context], vocab), next: integers(rng, [batchSize, context], vocab) });
  return { learner: descent((rng) => network.init(rng), lossOf, clippedAdam(1, 3e-4)), batch };
}

/** A learner that descends a loss of its parameters. */
function descent(initial, lossOf, optimizer) {
  return {
    init(rng) {
      const parameters = initial(rng);
      return { parameters, optimizer: optimizer.init(parameters), step: tf.scalar(0) };
    },
    update(state, batch) {
      const { loss, aux, grads } = valueAndGrad((parameters) => lossOf(parameters, batch, state.step))(state.parameters);
      const step = optimizer.update(grads, state.optimizer, state.parameters);
      return { state: { parameters: applyUpdates(state.parameters, step.updates), optimizer: step.state, step: state.step.add(1) }, metrics: { loss, ...aux } };
    },
  };
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
      per: turns,
      close: () => scan.dispose(),
    };
  };
}

/** The rows of a step: eager first, then compiled in several ways, which are compared with it. */
const step = (name, make, about, ways, slow = {}) => [
  { name: `${name}-eager`, about: `${about}, eagerly on WebAssembly`, setup: eager(make), ...slow },
  ...ways.map(([suffix, how, setup]) => ({ name: `${name}${suffix}`, about: `the same, compiled, ${how}`, setup, against: `${name}-eager` })),
];

const TWO = { threads: 2 };

export const benchmarks = [
  ...[64, 1024].flatMap((size) =>
    step(`ppo-${size}`, () => ppo(size), `one PPO update of ${size} transitions, 4-64-64`, [
      ['', 'one call each', called(() => ppo(size))],
      ['-loop', '64 in one loop', looped(() => ppo(size), 64)],
    ]),
  ),
  ...step('sac-256', () => sac(256), 'one SAC update of 256 transitions, 17-256-256-6', [
    ['', 'one call each, one thread', called(() => sac(256))],
    ['-2', 'one call each, two threads', called(() => sac(256), TWO)],
    ['-loop', '16 in one loop, one thread', looped(() => sac(256), 16)],
  ]),
  ...step('nature-cnn-32', () => natureCnnStep(32), 'one PPO update of 32 images 84×84×4, the network of DQN', [
    ['', 'one thread', called(() => natureCnnStep(32))],
    ['-2', 'two threads', called(() => natureCnnStep(32), TWO)],
  ], { repeats: 1 }),
  ...step('gpt-128', () => gpt(32), `one update of a transformer: ${GPT.layers} layers of ${GPT.dim}, ${GPT.heads} heads, 32 texts of ${GPT.context} tokens`, [
    ['', 'two threads', called(() => gpt(32), TWO)],
    ['-1', 'one thread', called(() => gpt(32))],
  ], { repeats: 1 }),
  ...[1, 16].flatMap((rows) => {
    const named = (name) => acting.find((benchmark) => benchmark.name === name);
    return [{ ...named(`act-${rows}-tfjs-wasm`), name: `act-${rows}-eager` }, { ...named(`act-${rows}`), against: `act-${rows}-eager` }];
  }),
];
