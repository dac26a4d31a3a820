import { type MonoTypeOperatorFunction, tap } from 'rxjs';
import { encodeMessage, type MessageRecord } from './encodeMessage.js';
import type { Message } from './messages.js';

/**
 * Hands every message but the boundaries to a sink as plain JSON, and lets all messages pass unchanged.
 * `replayMessages` makes the same stream of it again.
 *
 * ```
 * source:  -R-U-B-E-|
 * sink:     r u   e
 * out:     -R-U-B-E-|
 * ```
 */
export function recordMessages<M extends Message>(sink: (record: MessageRecord) => void): MonoTypeOperatorFunction<M> {
  return tap((message) => {
    const record = encodeMessage(message);
    if (record !== undefined) sink(record);
  });
}
