import type { Message } from '@rivulet/streams';
import { defer, type MonoTypeOperatorFunction, takeWhile } from 'rxjs';

/** Completes with the boundary of the first iteration of which a message, the boundary included, meets a condition: operators further down can still store that boundary. */
export function untilEnded<W>(ends: (message: Message<W>) => boolean): MonoTypeOperatorFunction<Message<W>> {
  return (source) =>
    defer(() => {
      let ended = false;
      return source.pipe(
        takeWhile((message) => {
          ended = ends(message) || ended;
          return !(ended && message.kind === 'boundary');
        }, true),
      );
    });
}
