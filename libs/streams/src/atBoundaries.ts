import { concat, concatMap, defer, EMPTY, type Observable, of, type OperatorFunction } from 'rxjs';
import type { BoundaryMessage, Message } from './messages.js';
import { whileHeld } from './whileHeld.js';

/** When to work at a boundary, and on what. */
export interface BoundaryWork<W> {
  /** @param before The step of the run at the previous boundary. */
  due(boundary: BoundaryMessage<W>, before: number): boolean;
  readonly work: (boundary: BoundaryMessage<W>) => Promise<Message<W>>;
  /** Whether to work at the last boundary in any case. */
  readonly atEnd: boolean;
}

/**
 * Holds the boundaries that are due, and emits the message of the work done there *before* the boundary itself: a
 * boundary closes its iteration for everyone further down.
 */
export function atBoundaries<W>(make: () => BoundaryWork<W>): OperatorFunction<Message<W>, Message<W>> {
  return (source) =>
    defer(() => {
      const { due, work, atEnd } = make();
      let before: number | undefined;
      let missed: BoundaryMessage<W> | undefined;
      const worked = (boundary: BoundaryMessage<W>): Observable<Message<W>> => whileHeld(boundary, () => work(boundary));
      const middle = source.pipe(
        concatMap((message) => {
          // The rollout tells where the chunk began, so that a run that was restored in between finds the same boundaries due.
          if (message.kind === 'rollout') before ??= message.step - message.steps;
          if (message.kind !== 'boundary') return of(message);
          const isDue = due(message, before ?? message.step);
          before = undefined;
          missed = isDue ? undefined : message;
          return isDue ? concat(worked(message), of(message)) : of(message);
        }),
      );
      return concat(
        middle,
        defer(() => (atEnd && missed !== undefined ? worked(missed) : EMPTY)),
      );
    });
}
