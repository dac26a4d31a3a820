import type { MonoTypeOperatorFunction } from 'rxjs';
import { Observable } from 'rxjs';
import type { Message } from './messages.js';

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
 * it after `evaluateEvery` and before `checkpointEvery`.
 *
 * @param threshold In units of return.
 */
export function untilEvaluation<M extends Message>(threshold: number): MonoTypeOperatorFunction<M> {
  return (source) =>
    new Observable((subscriber) => {
      let reached = false;
      return source.subscribe({
        next: (message) => {
          if (message.kind === 'evaluation' && message.meanReturn >= threshold) reached = true;
          subscriber.next(message);
          if (reached && message.kind === 'boundary') subscriber.complete();
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
}
