import type { Snapshot } from '@rivulet/engine';
import { Observable } from 'rxjs';
import type { Actor, ChunkLearner } from './actorLearner.js';
import type { Message } from './messages.js';
import { type TrainingLoop, trainingLoop } from './trainingLoop.js';

/** How to make the parts of a run. */
export interface ActorLearnerLoopOptions<W, C> {
  readonly actor: () => Actor<W, C> | Promise<Actor<W, C>>;
  readonly learner: () => ChunkLearner<W, C> | Promise<ChunkLearner<W, C>>;
  /** Where to continue; a new run without it. */
  readonly from?: Snapshot;
  /** When it aborts, the run finishes its iteration and completes after the boundary. */
  readonly signal?: AbortSignal;
}

async function build<W, C>({ actor, learner, from, signal }: ActorLearnerLoopOptions<W, C>): Promise<TrainingLoop<W>> {
  const madeActor = await actor();
  const loop = await Promise.resolve()
    .then(learner)
    .then(
      (madeLearner) => trainingLoop({ actor: madeActor, learner: madeLearner, signal }),
      (error: unknown) => {
        madeActor.dispose();
        throw error;
      },
    );
  try {
    if (from !== undefined) await loop.restore(from);
  } catch (error) {
    await loop.dispose();
    throw error;
  }
  return loop;
}

/**
 * A whole run as a cold Observable: subscribing makes actor and learner and starts the {@link trainingLoop}; when it
 * completes, fails or is unsubscribed, the work in flight is awaited and everything is freed. Each subscription is a
 * run of its own, so `repeat` and `retry` work.
 *
 * ```
 * subscribe:    make actor and learner
 * messages:     -R-U-B-R-U-B...
 * unsubscribe:  free actor and learner
 * ```
 *
 * Use {@link trainingLoop} instead to keep the learner after the run.
 */
export function actorLearnerLoop<W, C>(options: ActorLearnerLoopOptions<W, C>): Observable<Message<W>> {
  return new Observable((subscriber) => {
    const built = build(options);
    built.then(
      (loop) => {
        if (!subscriber.closed) subscriber.add(loop.messages$.subscribe(subscriber));
      },
      (error: unknown) => subscriber.error(error),
    );
    return () => {
      built.then(
        (loop) => loop.dispose(),
        () => undefined,
      );
    };
  });
}
