import { Observable } from 'rxjs';
import type { BoundaryMessage } from './messages.js';

/**
 * Does asynchronous work while the boundary is held, and emits its result. The boundary is released only after the
 * result and all that follows from it synchronously was delivered: whoever sits further down can still hold it then.
 */
export function whileHeld<W, T>(boundary: BoundaryMessage<W>, work: () => Promise<T>): Observable<T> {
  return new Observable((subscriber) => {
    let release = (): void => undefined;
    boundary.hold(new Promise<void>((resolve) => (release = resolve)));
    Promise.resolve()
      .then(work)
      .then(
        (result) => {
          subscriber.next(result);
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      )
      .finally(release);
  });
}
