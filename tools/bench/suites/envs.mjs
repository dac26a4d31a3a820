// Environments and host buffers on one core, without a network.
import { ndarray, Rng } from '@rivulet/engine';
import { makeVectorEnv } from '@rivulet/envs';
import { nStepWriter, prioritizedSampler, replayBuffer, rolloutBuffer, transitionSpec } from '@rivulet/replay';
import { gae } from '@rivulet/returns';

/** Random actions 0 or 1 of n copies for a number of steps, drawn beforehand so that drawing is not measured. */
function preparedActions(n, steps, seed) {
  const rng = Rng.fromSeed(seed);
  return Array.from({ length: steps }, () => Int32Array.from({ length: n }, () => rng.nextInt(2)));
}

/** Steps CartPole-v1 (its own time limit of 500, same-step reset) and copies the observations, as an actor would. */
function cartPole(copies) {
  const env = makeVectorEnv('CartPole-v1', copies, { autoReset: 'sameStep' });
  const actions = preparedActions(copies, 64, 1);
  const observation = new Float32Array(env.reset({ seed: 0 }).length);
  let t = 0;
  return {
    call() {
      observation.set(env.step(actions[t++ & 63]).observation);
    },
    count: copies,
    unit: 'steps',
    close: () => env.close(),
  };
}

/** One call fills a rollout of CartPole-v1 and estimates its advantages; values are given, as there is no network. */
function rolloutGae(copies, steps) {
  const env = makeVectorEnv('CartPole-v1', copies, { autoReset: 'sameStep' });
  const actions = preparedActions(copies, 64, 2).map((data) => ndarray('int32', [copies], data));
  const flag = { shape: [], dtype: 'uint8' };
  const spec = {
    observation: { shape: [4], dtype: 'float32' },
    action: { shape: [], dtype: 'int32' },
    reward: { shape: [], dtype: 'float32' },
    terminated: flag,
    truncated: flag,
  };
  const buffer = rolloutBuffer({ spec, envs: copies, steps });
  const floats = () => ndarray('float32', [copies, steps]);
  const rng = Rng.fromSeed(3);
  const [value, nextValue] = [floats(), floats()];
  rng.fillNormal(value.data);
  rng.fillNormal(nextValue.data);
  const out = { advantage: floats(), returns: floats() };
  const observation = ndarray('float32', [copies, 4], Float32Array.from(env.reset({ seed: 0 })));
  const { reward, terminated, truncated } = buffer.data;
  let t = 0;
  return {
    call() {
      buffer.clear();
      while (!buffer.full) {
        const action = actions[t++ & 63];
        const step = env.step(action.data);
        const row = {
          observation,
          action,
          reward: { dtype: 'float64', shape: [copies], data: step.reward },
          terminated: { dtype: 'uint8', shape: [copies], data: step.terminated },
          truncated: { dtype: 'uint8', shape: [copies], data: step.truncated },
        };
        buffer.append(row, step.finalObservation);
        observation.data.set(step.observation);
      }
      gae({ reward, terminated, truncated, value, nextValue }, { discount: 0.99, lambda: 0.95 }, out);
    },
    count: copies * steps,
    unit: 'transitions',
    close: () => env.close(),
  };
}

const CAPACITY = 100_000;
const BATCH = 256;

/** A batch of transitions the size of a locomotion task's: 17 observed numbers, 6 actions. */
function transitions(rows) {
  const rng = Rng.fromSeed(4);
  const floats = (...shape) => {
    const array = ndarray('float32', shape);
    rng.fillNormal(array.data);
    return array;
  };
  const flags = () => ndarray('uint8', [rows]);
  return { observation: floats(rows, 17), action: floats(rows, 6), reward: floats(rows), discount: floats(rows), nextObservation: floats(rows, 17), terminated: flags(), truncated: flags() };
}

const spec = transitionSpec({ observation: { shape: [17], dtype: 'float32' }, action: { shape: [6], dtype: 'float32' } });

function replayAdd(options, rows) {
  const buffer = replayBuffer({ spec, capacity: CAPACITY, envs: rows, ...options });
  const batch = transitions(rows);
  return { call: () => buffer.add(batch), count: rows, unit: 'rows' };
}

function replaySample(sampler) {
  const buffer = replayBuffer({ spec, capacity: CAPACITY, ...(sampler === undefined ? {} : { sampler }) });
  for (let filled = 0; filled < CAPACITY; filled += 1000) buffer.add(transitions(1000));
  const rng = Rng.fromSeed(5);
  const priorities = rng.fillUniform(new Float32Array(BATCH));
  return {
    call() {
      const { indices } = buffer.sample(rng, BATCH);
      if (sampler !== undefined) buffer.update(indices, priorities);
    },
    count: BATCH,
    unit: 'rows',
  };
}

export const benchmarks = [
  { name: 'env-cartpole-1024', about: 'CartPole-v1, 1,024 copies on one core, time limit, same-step reset, observations copied', setup: () => cartPole(1024) },
  { name: 'rollout-gae', about: 'CartPole-v1, 1,024 copies x 32 steps: step, append to the rollout buffer, advantages', setup: () => rolloutGae(1024, 32) },
  { name: 'rollout-gae-64', about: 'the same with 64 copies x 128 steps', setup: () => rolloutGae(64, 128) },
  { name: 'replay-add', about: 'rows of 17 + 6 + 17 numbers, 16 copies side by side', setup: () => replayAdd({}, 16) },
  { name: 'replay-add-3step', about: 'the same, folded over 3 steps', setup: () => replayAdd({ writer: nStepWriter({ n: 3, discount: 0.99 }) }, 16) },
  { name: 'replay-sample', about: 'batches of 256 out of 100,000 rows, uniform', setup: () => replaySample() },
  { name: 'replay-sample-per', about: 'the same, prioritised, with the update of the priorities', setup: () => replaySample(prioritizedSampler()) },
];
