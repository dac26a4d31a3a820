import { Rng, type Snapshot, type Tree } from '@rivulet/engine';
import type { VectorEnv } from '@rivulet/envs';
import { actorLearnerLoop, type Message } from '@rivulet/streams';
import { defer, type Observable } from 'rxjs';
import type { Algorithm } from './algorithm.js';

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
 * unsubscribe stops the run, closes the environment and frees every tensor. Each subscription is a run of its own.
 *
 * ```ts
 * train(ppo(), { env: (n) => vectorize(cartPole, n), seed: 7, steps: 100_000 }).pipe(untilReturn(475), untilSteps(100_000)).subscribe();
 * ```
 */
export function train<W extends Tree>(algorithm: Algorithm<W>, options: TrainOptions): Observable<Message<W>> {
  return defer(() => {
    const env = algorithm.adapt(options.env(algorithm.numEnvs));
    const { actor, learner } = algorithm.start(env, Rng.fromSeed(options.seed), options.steps);
    return actorLearnerLoop({ actor: () => actor, learner: () => learner, from: options.resume, signal: options.signal });
  });
}
