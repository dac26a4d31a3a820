// Training as a user runs it: how long PPO takes to balance the pole, and how many steps a second SAC makes.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { sac, train } from '@rivulet/algorithms';
import { chooseBackend } from '@rivulet/engine';
import { makeVectorEnv } from '@rivulet/envs';
import { filter, lastValueFrom, takeWhile } from 'rxjs';

const SEEDS = 5;
const WARM_STEPS = 1_000;
const WINDOW_MS = 2_000;

const oneRun = fileURLToPath(new URL('../ppoCartPole.mjs', import.meta.url));

const describe = (seed, { reached, steps, mean, seconds, processor, loading }) =>
  `seed ${seed}: ${seconds.toFixed(2)} s (${processor.toFixed(2)} s of processor time), ${steps.toLocaleString('en')} steps, training mean ${mean.toFixed(1)}${reached ? '' : ', goal not reached'}; loading the packages took ${loading.toFixed(2)} s before`;

/** Each seed in a process of its own. A run that ends short of its goal counts as endless. */
async function ppoCartPole(repeats) {
  const runs = [];
  for (let seed = 1; seed <= repeats; seed++) {
    const { stdout } = await promisify(execFile)(process.execPath, [oneRun, String(seed)]);
    runs.push(JSON.parse(stdout));
  }
  return { values: runs.map(({ reached, seconds }) => (reached ? 1000 * seconds : Infinity)), notes: runs.map((run, i) => describe(i + 1, run)) };
}

/** The stream is timed from update to update, once it is warm. */
async function sacPendulum(repeats, rounds) {
  await chooseBackend();
  const algorithm = sac({ hidden: [256, 256], batchSize: 256, learningRate: 1e-3, learningStarts: 100, trainFrequency: rounds, gradientSteps: rounds });
  const values = [];
  let from;
  const watch = ({ step }) => {
    const now = performance.now();
    if (from !== undefined && now - from.time >= WINDOW_MS) values.push((1000 * (step - from.step)) / (now - from.time));
    if (step >= WARM_STEPS && (from === undefined || now - from.time >= WINDOW_MS)) from = { step, time: now };
    return values.length < repeats;
  };
  const run$ = train(algorithm, { env: (n) => makeVectorEnv('Pendulum-v1', n), seed: 1, steps: 20_000 });
  await lastValueFrom(run$.pipe(filter(({ kind }) => kind === 'update'), takeWhile(watch)), { defaultValue: undefined });
  return { values, unit: 'steps' };
}

export const benchmarks = [
  {
    name: 'ppo-cartpole-475',
    about: 'PPO on CartPole-v1 (settings of rl-baselines3-zoo) to a mean return of 475 over 100 training episodes, compilation included; seeds 1 to 5',
    repeats: SEEDS,
    sample: ppoCartPole,
  },
  { name: 'sac-pendulum', about: 'SAC on Pendulum-v1, one update after every step, batch 256, networks 2 x 256, after 1,000 steps', sample: (repeats) => sacPendulum(repeats, 1) },
  { name: 'sac-pendulum-32', about: 'the same in rounds of 32 steps and 32 updates, which is the default', sample: (repeats) => sacPendulum(repeats, 32) },
];
