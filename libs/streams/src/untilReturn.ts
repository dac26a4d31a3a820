import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Message } from './messages.js';
import { untilReached } from './untilReached.js';

/**
 * Completes when the mean return of the last 100 episodes has reached a threshold.
 *
 * ```
 * source:            -R-U-B-R-U-B-R-U-B...
 * mean return:        12    480
 * untilReturn(475):  -R-U-B-R-U-(B|)
 * ```
 *
 * The iteration that reached it is still completed: its update and its boundary pass, so that operators further down
 * with `atEnd` can evaluate and store the weights that were learned last. Put it therefore *before* `evaluateEvery` and
 * `checkpointEvery`. In a replay, which has no boundaries, it completes before the next rollout, so that the same
 * messages pass.
 *
 * @param threshold In units of return.
 * @param options `episodes`: how many the mean must cover at least, in [1, 100]; all 100 by default.
 * @throws when `episodes` is not an integer in that range, since the messages' mean covers at most 100 episodes.
 */
export function untilReturn<M extends Message>(threshold: number, { episodes = 100 }: { readonly episodes?: number } = {}): MonoTypeOperatorFunction<M> {
  if (!Number.isInteger(episodes) || episodes < 1 || episodes > 100) throw new Error(`untilReturn: episodes must be an integer from 1 to 100, got ${episodes}`);
  return untilReached(
    (message) => message.kind === 'rollout' && message.meanReturn !== undefined && message.window >= episodes && message.meanReturn >= threshold,
  );
}
