import { defer, type MonoTypeOperatorFunction, takeWhile } from 'rxjs';
import type { Message } from './messages.js';

/** Completes at the end of the first iteration in which a message satisfies the condition: see `untilReturn` for what that means. */
export function untilReached<M extends Message>(reached: (message: Message) => boolean): MonoTypeOperatorFunction<M> {
  return (source) =>
    defer(() => {
      let done = false;
      const beforeNextIteration = (message: M): boolean => {
        if (done && message.kind === 'rollout') return false;
        done ||= reached(message);
        return true;
      };
      return source.pipe(
        takeWhile(beforeNextIteration),
        takeWhile((message) => !(done && message.kind === 'boundary'), true),
      );
    });
}
