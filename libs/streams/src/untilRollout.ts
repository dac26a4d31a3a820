import { defer, type MonoTypeOperatorFunction, takeWhile } from 'rxjs';
import type { Message, RolloutMessage } from './messages.js';

/** Completes at the end of the first iteration whose rollout satisfies the condition: see {@link untilReturn} for what that means. */
export function untilRollout<M extends Message>(reached: (rollout: RolloutMessage) => boolean): MonoTypeOperatorFunction<M> {
  return (source) =>
    defer(() => {
      let done = false;
      const beforeNextRollout = (message: M): boolean => {
        if (message.kind !== 'rollout') return true;
        if (done) return false;
        done = reached(message);
        return true;
      };
      return source.pipe(
        takeWhile(beforeNextRollout),
        takeWhile((message) => !(done && message.kind === 'boundary'), true),
      );
    });
}
