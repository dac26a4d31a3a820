import type { Snapshot } from '@rivulet/engine';
import { asyncScheduler, type OperatorFunction, type TimestampProvider } from 'rxjs';
import { atBoundaries } from './atBoundaries.js';
import { crosses } from './crosses.js';
import type { Message } from './messages.js';

export interface CheckpointEveryOptions {
  /** Store at the first boundary at or after each multiple of so many environment steps. */
  readonly steps?: number;
  /** Store at the first boundary so many seconds after the last checkpoint (or the start). */
  readonly seconds?: number;
  /** Writes the snapshot and returns where. */
  readonly save: (snapshot: Snapshot, step: number) => Promise<string>;
  /** Store the last boundary too when the source completes; false by default. */
  readonly atEnd?: boolean;
  /** The clock for `seconds`, in milliseconds; the computer's by default. */
  readonly clock?: TimestampProvider;
}

/**
 * Stores the run every so many steps or seconds (whichever is due first, if both are given) while the loop waits, and
 * emits a checkpoint message before the boundary.
 *
 * ```
 * source:                        -R-U-B--R-U-B-----R-U-B|
 * step:                           8      16        24
 * checkpointEvery({steps: 16}):  -R-U-B--R-U---CB--R-U-B|
 *   with atEnd:                  -R-U-B--R-U---CB--R-U-B--(C|)
 * ```
 *
 * Everything that belongs to the iteration, an evaluation by an operator before this one too, has passed when `save` is
 * called: positions in log files read there fit the snapshot. Failures end the stream with their error. For `atEnd`,
 * operators that end the run (`untilReturn`...) must come before.
 *
 * @throws when neither `steps` nor `seconds` nor `atEnd` is given, or one is not positive.
 */
export function checkpointEvery<W>({ steps, seconds, save, atEnd = false, clock = asyncScheduler }: CheckpointEveryOptions): OperatorFunction<Message<W>, Message<W>> {
  if (steps === undefined && seconds === undefined && !atEnd) throw new Error('checkpointEvery: give steps, seconds or atEnd');
  if (steps !== undefined && !(steps > 0)) throw new Error(`checkpointEvery: steps must be positive, got ${steps}`);
  if (seconds !== undefined && !(seconds > 0)) throw new Error(`checkpointEvery: seconds must be positive, got ${seconds}`);
  return atBoundaries(() => {
    let last = clock.now();
    return {
      due: (boundary, before) =>
        (steps !== undefined && crosses(before, boundary.step, steps)) || (seconds !== undefined && clock.now() - last >= seconds * 1000),
      work: async (boundary) => {
        const path = await save(await boundary.snapshot(), boundary.step);
        last = clock.now();
        return { kind: 'checkpoint', step: boundary.step, path };
      },
      atEnd,
    };
  });
}
