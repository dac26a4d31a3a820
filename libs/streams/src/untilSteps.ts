import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Message } from './messages.js';
import { untilReached } from './untilReached.js';

/**
 * Completes at the end of the iteration in which the run's total number of environment steps reaches `steps`.
 *
 * ```
 * source:           -R-U-B-R-U-B-R-U-B...
 * step:              16    32    48
 * untilSteps(32):   -R-U-B-R-U-(B|)
 * ```
 *
 * As with {@link untilReturn}, the last update and boundary pass. Steps are those of the whole run: a run that is
 * restored at step 16 makes 16 more here.
 */
export function untilSteps<M extends Message>(steps: number): MonoTypeOperatorFunction<M> {
  return untilReached((message) => message.kind === 'rollout' && message.step >= steps);
}
