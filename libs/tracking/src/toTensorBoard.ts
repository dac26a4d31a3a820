import { appendFileSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from '@rivulet/streams';
import { asyncScheduler, defer, finalize, type MonoTypeOperatorFunction, tap, type TimestampProvider } from 'rxjs';
import { scalarsOf } from './scalarsOf.js';
import { encodeEvent, type TensorBoardEvent } from './tensorBoardEvent.js';
import { frameRecord } from './tfRecord.js';

export interface ToTensorBoardOptions {
  /** The step at which a run that was restored continues: viewers then hide what earlier files of the folder hold after it. */
  readonly resumedAt?: number;
  /** Stamps the events, in milliseconds since 1970; the computer's clock by default. */
  readonly clock?: TimestampProvider;
}

/** A new file in the folder. Two that are made within one second get different names. */
function openNew(folder: string, seconds: number): number {
  mkdirSync(folder, { recursive: true });
  for (let serial = 0; ; serial++) {
    try {
      return openSync(join(folder, `events.out.tfevents.${String(seconds).padStart(10, '0')}.rivulet.${serial}`), 'ax');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/**
 * Writes the numbers of {@link scalarsOf} as TensorBoard scalars: `tensorboard --logdir <folder>` shows them while the
 * run goes on. Each subscription makes a new event file, which begins with the version and a start mark, and gets one
 * event per message at once. All messages pass unchanged.
 *
 * The files: TFRecords of `tensorflow.Event`; values are float32.
 *
 * @throws (as an error of the stream) when the file cannot be made or written.
 */
export function toTensorBoard<M extends Message>(folder: string, { resumedAt, clock = asyncScheduler }: ToTensorBoardOptions = {}): MonoTypeOperatorFunction<M> {
  return (source) =>
    defer(() => {
      const file = openNew(folder, Math.floor(clock.now() / 1000));
      const write = (event: Omit<TensorBoardEvent, 'wallTime'>): void => appendFileSync(file, frameRecord(encodeEvent({ wallTime: clock.now() / 1000, ...event })));
      const begin = (): void => {
        write({ step: 0, fileVersion: 'brain.Event:2' });
        write({ step: resumedAt === undefined ? 0 : resumedAt + 1, start: true });
      };
      const next = (message: M): void => {
        const scalars = scalarsOf(message);
        if (scalars.length > 0) write({ step: message.step, scalars });
      };
      return source.pipe(
        tap({ subscribe: begin, next }),
        finalize(() => closeSync(file)),
      );
    });
}
