import { actorCritic, actorCriticNetworks, ppoConfig, ppoObjective } from '@rivulet/algorithms';
import { adam, chain, clipByGlobalNorm, compile, compileScan, constantSchedule, flatten, pack, Rng, tf } from '@rivulet/engine';
import { box, discrete } from '@rivulet/envs';

const UPDATES = 10;
const BATCH = 64;

function learnerAndBatches() {
  const networks = actorCriticNetworks({ observation: box({ low: -1, high: 1, shape: [4] }), action: discrete(2) }, { hidden: [64, 64], activation: 'tanh' });
  const optimizer = flatten(chain(clipByGlobalNorm(0.5), adam(2.5e-4, { epsilon: 1e-5 })));
  const learner = actorCritic(networks, ppoObjective(ppoConfig.parse({}), constantSchedule(0.2)), optimizer);
  const data = Rng.fromSeed(3);
  const batches = Array.from({ length: UPDATES }, () => ({
    observation: data.normal([BATCH, 4]),
    action: tf.tensor1d(Int32Array.from({ length: BATCH }, () => data.nextInt(2)), 'int32'),
    logProb: data.uniform([BATCH], -2, -0.5),
    advantage: data.normal([BATCH]),
    returns: data.normal([BATCH]),
    value: data.normal([BATCH]),
  }));
  return { learner, batches };
}

/**
 * Ten compiled updates of PPO on made-up rollouts: 4 observations, 2 actions, actor and critic 64-64 with tanh. The same seed gives the same ones everywhere.
 * @returns the loss of each update, called one by one (`calls`) and inside one loop (`loop`); how both were run, and on what; and the warnings.
 */
export async function tenUpdates(options) {
  await tf.setBackend('cpu');
  const warnings = [];
  const { learner, batches } = learnerAndBatches();
  const update = (state, batch, { rng }) => {
    const { state: next, metrics } = learner.update(state, batch, { rng, index: 0 });
    return { state: next, metrics };
  };
  const all = { ...options, warn: (line) => warnings.push(line) };
  const [step, scan] = [compile(update, all), compileScan(update, all)];
  const initial = pack(learner.init(Rng.fromSeed(1)));
  const rng = Rng.fromSeed(2);
  const calls = [];
  let state = initial;
  for (const batch of batches) {
    const result = await step(state, batch, { rng });
    calls.push(result.metrics.toNumbers().loss);
    state = result.state;
  }
  const stacked = Object.fromEntries(Object.keys(batches[0]).map((name) => [name, tf.stack(batches.map((batch) => batch[name]))]));
  const { metrics } = await scan(initial, stacked, { rng: Rng.fromSeed(2) });
  const how = [...step.forms, ...scan.forms].map((form) => `${form.how} ${form.device}`);
  await Promise.all([step.dispose(), scan.dispose()]);
  return { calls, loop: [...metrics.toHost().loss.data], how, warnings };
}
