import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Message } from './messages.js';
import { untilReached } from './untilReached.js';

/**
 * Completes when an evaluation has reached a mean return.
 *
 * ```
 * source:                -R-U-E-B-R-U-E-B-R...
 * evaluation:                 20      495
 * untilEvaluation(490):  -R-U-E-B-R-U-E-(B|)
 * ```
 *
 * The iteration's boundary still passes, so that operators further down can store the weights that were evaluated: put
 * it after `evaluateEvery` and before `checkpointEvery`. In a replay, which has no boundaries, it completes before the
 * next rollout.
 *
 * @param threshold In units of return.
 */
export function untilEvaluation<M extends Message>(threshold: number): MonoTypeOperatorFunction<M> {
  return untilReached((message) => message.kind === 'evaluation' && message.meanReturn >= threshold);
}
