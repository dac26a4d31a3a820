import { from, Observable, type ObservableInput, type OperatorFunction, type Subscription } from 'rxjs';

export interface BoundedQueueOptions<T> {
  /** How many items may wait, besides the one in work. */
  readonly capacity: number;
  /** What gives way when an item arrives and the queue is full: the oldest that waits, the one that arrives, or the whole stream. */
  readonly overflow: 'dropOldest' | 'dropNewest' | 'error';
  /** Told of every dropped item, with the number dropped so far, this one included. */
  readonly onDrop?: (item: T, dropped: number) => void;
}

/**
 * Works on items one at a time and in order, as `concatMap` does, but with a queue that cannot grow without bound and
 * says what it drops.
 *
 * ```
 * source:                                              abcd------|
 * work of 4 frames, capacity 1, overflow dropOldest:   ----A---D-|     (b and c dropped)
 * ```
 *
 * @param work What to do with an item: a promise or an Observable. Its results are emitted.
 * @throws when the capacity is not a non-negative integer; with overflow `'error'` the stream fails when the queue is full.
 */
export function boundedQueue<T, R>(work: (item: T) => ObservableInput<R>, { capacity, overflow, onDrop }: BoundedQueueOptions<T>): OperatorFunction<T, R> {
  if (!Number.isInteger(capacity) || capacity < 0) throw new Error(`boundedQueue: capacity must be a non-negative integer, got ${capacity}`);
  return (source) =>
    new Observable((subscriber) => {
      const waiting: T[] = [];
      let dropped = 0;
      let busy = false;
      let ended = false;

      const drop = (item: T): void => onDrop?.(item, ++dropped);
      const begin = (item: T): Subscription | undefined => {
        busy = true;
        try {
          return from(work(item)).subscribe({ next: (result) => subscriber.next(result), error: (error) => subscriber.error(error), complete: finish });
        } catch (error) {
          subscriber.error(error);
          return undefined;
        }
      };
      // A loop instead of recursion: work that completes at once must not deepen the stack.
      let draining = false;
      const finish = (): void => {
        busy = false;
        if (draining) return;
        draining = true;
        while (!busy && waiting.length > 0 && !subscriber.closed) subscriber.add(begin(waiting.shift() as T));
        draining = false;
        if (ended && !busy) subscriber.complete();
      };
      const arrive = (item: T): void => {
        if (!busy) return subscriber.add(begin(item));
        if (waiting.length < capacity) return void waiting.push(item);
        if (overflow === 'error') return subscriber.error(new Error(`boundedQueue: more than ${capacity} items wait; the work is slower than the source`));
        if (overflow === 'dropNewest' || capacity === 0) return drop(item);
        drop(waiting.shift() as T);
        waiting.push(item);
      };
      const complete = (): void => {
        ended = true;
        if (!busy) subscriber.complete();
      };
      subscriber.add(source.subscribe({ next: arrive, error: (error) => subscriber.error(error), complete }));
    });
}
