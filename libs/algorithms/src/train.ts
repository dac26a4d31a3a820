import { Rng, type Snapshot, type Tree } from '@rivulet/engine';
import type { VectorEnv } from '@rivulet/envs';
import { actorLearnerLoop, type Message } from '@rivulet/streams';
import { defer, type Observable } from 'rxjs';
import type { ActorAndLearner, Algorithm } from './algorithm.js';

export interface TrainOptions {
  /** Makes the environment, with the number of copies that the algorithm wants. */
  readonly env: (numEnvs: number) => VectorEnv;
  /** Everything random in the run follows from it. */
  readonly seed: number;
  /** The planned number of environment steps, by which schedules are stretched; the stream itself goes on until unsubscribed. */
  readonly steps: number;
  /** Where to continue: what a boundary's `snapshot()` gave. */
  readonly resume?: Snapshot;
  /** When it aborts, the run ends at the next boundary. */
  readonly signal?: AbortSignal;
}

/**
 * A training run as a stream of messages: rollout, update, boundary, again and again. Nothing happens before subscribe;
 * unsubscribe stops the run, closes the environment and frees every tensor. Each subscription is a run of its own. What
 * goes wrong (an environment that does not fit the algorithm, a reward that is NaN) ends the stream with an error.
 *
 * ```ts
 * train(ppo(), { env: (n) => vectorize(cartPole, n), seed: 7, steps: 100_000 }).pipe(untilReturn(475), untilSteps(100_000)).subscribe();
 * ```
 */
export function train<W extends Tree>(algorithm: Algorithm<W>, options: TrainOptions): Observable<Message<W>> {
  return defer(() => {
    const { actor, learner } = start(algorithm, options);
    return actorLearnerLoop({ actor: () => actor, learner: () => learner, from: options.resume, signal: options.signal });
  });
}

/** Actor and learner, or an error and a closed environment. */
function start<W extends Tree>(algorithm: Algorithm<W>, { env: make, seed, steps }: TrainOptions): ActorAndLearner<W> {
  const env = make(algorithm.numEnvs);
  try {
    if (env.numEnvs !== algorithm.numEnvs) throw new Error(`train: ${algorithm.name} wants ${algorithm.numEnvs} copies of the environment, but 'env' made ${env.numEnvs}: use the number that it is given`);
    return algorithm.start(algorithm.adapt(env), Rng.fromSeed(seed), steps);
  } catch (error) {
    env.close();
    throw error;
  }
}
