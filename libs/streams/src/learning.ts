import { concatMap, defer, type OperatorFunction } from 'rxjs';
import type { Chunk, ChunkLearner } from './actorLearner.js';
import type { UpdateMessage } from './messages.js';

/** An update together with the weights that it made, which are valid until the next one. */
export interface WeightsMessage<W> extends UpdateMessage {
  readonly weights: W;
}

/**
 * Lets a learner digest chunks one at a time and in order; each gives an update message with the new weights, ready to
 * be fed back to {@link rollouts} through a Subject.
 *
 * ```
 * chunks:   c----------c-----|
 * updates:  ---u----------u--|
 * ```
 *
 * @param learner Belongs to the caller: it is not disposed.
 * @param firstStep Environment steps made before the first chunk.
 */
export function learning<W, C>(learner: ChunkLearner<W, C>, firstStep = 0): OperatorFunction<Chunk<C>, WeightsMessage<W>> {
  return (chunks) =>
    defer(() => {
      let step = firstStep;
      return chunks.pipe(
        concatMap(async (chunk): Promise<WeightsMessage<W>> => {
          const metrics = await learner.learn(chunk);
          step += chunk.steps;
          return { kind: 'update', step, updates: learner.updates, metrics, weights: learner.weights };
        }),
      );
    });
}
