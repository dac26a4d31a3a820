import { joinSnapshots, ndarray, type Rng, type Snapshot, snapshotPart, type Tree } from '@rivulet/engine';
import { normalizeReward, recordEpisodes, type Rows, type VectorEnv } from '@rivulet/envs';
import { rolloutBuffer, trueNextObservation } from '@rivulet/replay';
import type { Actor } from '@rivulet/streams';
import type { Behaviour } from './behaviour.js';
import type { Rollout } from './rollout.js';
import { rowsArray, spaceField } from './spaceFields.js';

/**
 * An actor that steps a vector environment and returns rollouts of T steps per copy.
 *
 * @param options `env` must have auto-reset 'sameStep'; the actor resets it, and closes it at the end.
 * @throws (from `collect`) when the environment returns a reward or an observation that is not a finite number.
 */
export function environmentActor<W extends Tree>(options: {
  readonly env: VectorEnv;
  readonly behaviour: Behaviour<W>;
  readonly steps: number;
  /** Scale the rewards that are learned from by the running deviation of the return with this discount. Episodes are reported unscaled. */
  readonly rewardDiscount?: number;
  readonly rng: Rng;
}): Actor<W, Rollout> {
  const { behaviour, steps } = options;
  if (options.env.autoReset !== 'sameStep') throw new Error(`environmentActor: the environment must reset itself in the same step, but its autoReset is '${options.env.autoReset}'`);
  const recorder = recordEpisodes(options.env);
  const env = options.rewardDiscount === undefined ? recorder : normalizeReward(recorder, { gamma: options.rewardDiscount });
  const { numEnvs } = env;
  const observed = spaceField(env.observationSpace);
  const buffer = rolloutBuffer({
    spec: {
      observation: observed,
      nextObservation: observed,
      ...behaviour.fields,
      reward: { shape: [], dtype: 'float32' },
      terminated: { shape: [], dtype: 'uint8' },
      truncated: { shape: [], dtype: 'uint8' },
    },
    envs: numEnvs,
    steps,
  });
  const seed = options.rng.nextUint32();
  const ended = new Uint8Array(numEnvs);
  const reward = new Float32Array(numEnvs);
  let observation: Rows | undefined;
  let next: Rows | undefined;
  let taken = 0;

  const begin = (): Rows => {
    const first = env.reset({ seed });
    checkFiniteRows(env.id, first, numEnvs);
    return first.slice();
  };

  const advance = async (weights: W): Promise<void> => {
    observation ??= begin();
    const chosen = await behaviour.act(weights, observation, taken, ended);
    const step = env.step(chosen.action.data as Rows);
    next = trueNextObservation(step, next ?? step.observation.slice());
    checkFiniteRewards(env.id, step.reward);
    checkFiniteRows(env.id, step.observation, numEnvs);
    checkFiniteRows(env.id, next, numEnvs);
    reward.set(step.reward);
    buffer.append(
      {
        observation: rowsArray(observation, env.observationSpace),
        nextObservation: rowsArray(next, env.observationSpace),
        ...chosen,
        reward: ndarray('float32', [numEnvs], reward),
        terminated: ndarray('uint8', [numEnvs], step.terminated),
        truncated: ndarray('uint8', [numEnvs], step.truncated),
      },
      step.finalObservation,
    );
    for (let i = 0; i < numEnvs; i++) ended[i] = step.terminated[i] | step.truncated[i];
    observation.set(step.observation);
    taken += numEnvs;
  };

  return {
    async collect(weights) {
      buffer.clear();
      for (let t = 0; t < steps; t++) await advance(weights);
      return { data: buffer.data, steps: steps * numEnvs, episodes: recorder.drain() };
    },
    async snapshot(): Promise<Snapshot> {
      const position: Snapshot = {
        arrays: { ended: ndarray('uint8', [numEnvs], ended.slice()), ...(observation === undefined ? {} : { observation: rowsArray(observation.slice(), env.observationSpace) }) },
        data: { taken },
      };
      return joinSnapshots({ env: await env.snapshot(), behaviour: await behaviour.snapshot(), position });
    },
    async restore(snapshot) {
      await env.restore(snapshotPart(snapshot, 'env'));
      await behaviour.restore(snapshotPart(snapshot, 'behaviour'));
      const position = snapshotPart(snapshot, 'position');
      taken = Number(position.data.taken);
      ended.set(position.arrays.ended.data);
      observation = position.arrays.observation === undefined ? undefined : (position.arrays.observation.data.slice() as Rows);
    },
    dispose() {
      env.close();
    },
  };
}

function checkFiniteRewards(id: string, reward: ArrayLike<number>): void {
  for (let i = 0; i < reward.length; i++) {
    if (!Number.isFinite(reward[i])) throw new Error(`${id}: copy ${i} returned the reward ${reward[i]}; rewards must be finite numbers (check the environment with \`rivulet env check\`)`);
  }
}

function checkFiniteRows(id: string, rows: ArrayLike<number>, copies: number): void {
  const width = rows.length / copies;
  for (let i = 0; i < rows.length; i++) {
    if (!Number.isFinite(rows[i])) {
      throw new Error(`${id}: copy ${Math.floor(i / width)} returned an observation with ${rows[i]} at position ${i % width}; observations must be finite numbers (check the environment with \`rivulet env check\`)`);
    }
  }
}
