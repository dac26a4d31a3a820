import { concatMap, type Observable } from 'rxjs';
import type { Actor, Chunk } from './actorLearner.js';

/**
 * One chunk for each emission of weights, one at a time and in order. Weights that arrive while the actor is busy wait.
 *
 * ```
 * weights$:  w--------w----|
 * chunks:    ---c--------c-|
 * ```
 *
 * After unsubscribing, the result of a collection in flight is dropped. The actor is not disposed: it belongs to the caller.
 */
export function rollouts<W, C>(actor: Actor<W, C>, weights$: Observable<W>): Observable<Chunk<C>> {
  return weights$.pipe(concatMap(async (weights) => actor.collect(weights)));
}
