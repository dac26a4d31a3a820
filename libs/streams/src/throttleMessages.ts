import { asyncScheduler, EMPTY, groupBy, mergeMap, type MonoTypeOperatorFunction, type SchedulerLike, throttleTime } from 'rxjs';
import type { Message } from './messages.js';

/**
 * For views: lets at most one rollout and one update pass per `ms`, the first at once and then the newest of each
 * interval, so that the last one is never lost. Evaluations and checkpoints all pass. Boundaries do not: a delayed one
 * could no longer be held.
 *
 * ```
 * source:                 rrrrrrrrrr|
 * throttleMessages(3ms):  r--r--r--r|      (the newest at each point)
 * ```
 *
 * @param scheduler The clock; the computer's by default.
 */
export function throttleMessages<M extends Message>(ms: number, scheduler: SchedulerLike = asyncScheduler): MonoTypeOperatorFunction<M> {
  return (source) =>
    source.pipe(
      groupBy((message) => message.kind),
      mergeMap((group) => {
        if (group.key === 'boundary') return EMPTY;
        if (group.key === 'evaluation' || group.key === 'checkpoint') return group;
        return group.pipe(throttleTime(ms, scheduler, { leading: true, trailing: true }));
      }),
    );
}
