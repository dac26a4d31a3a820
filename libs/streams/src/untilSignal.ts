import { defer, EMPTY, type MonoTypeOperatorFunction, takeWhile } from 'rxjs';
import type { Message } from './messages.js';

/**
 * Completes with the first boundary after the signal aborts, so that a run which is asked to stop (Ctrl-C) still
 * finishes its iteration and can be stored. A signal that is aborted already means that nothing is subscribed.
 *
 * ```
 * source:       -R-U-B-R-U-B-R...
 * signal:        -------x
 * untilSignal:  -R-U-B-R-U-(B|)
 * ```
 */
export function untilSignal<M extends Message>(signal: AbortSignal): MonoTypeOperatorFunction<M> {
  return (source) =>
    defer(() => (signal.aborted ? EMPTY : source)).pipe(takeWhile((message) => !(signal.aborted && message.kind === 'boundary'), true));
}
