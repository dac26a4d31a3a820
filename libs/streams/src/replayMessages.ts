import type { Json } from '@rivulet/engine';
import { from, map, type Observable, type ObservableInput } from 'rxjs';
import { decodeMessage } from './decodeMessage.js';
import type { BoundaryMessage, Message } from './messages.js';

/**
 * The messages of a recorded run, in order and at once: a list, an (async) iterable or an Observable of what
 * `recordMessages` wrote. A record that is no message ends the stream with an error.
 */
export function replayMessages(source: ObservableInput<Json>): Observable<Exclude<Message, BoundaryMessage>> {
  return from(source).pipe(map((json) => decodeMessage(json)));
}
