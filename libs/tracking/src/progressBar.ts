import type { Message, RolloutMessage } from '@rivulet/streams';
import cliProgress from 'cli-progress';
import { asyncScheduler, defer, finalize, type MonoTypeOperatorFunction, tap, type TimestampProvider } from 'rxjs';
import { formatDuration } from './formatDuration.js';
import { StepRate } from './stepRate.js';

/** Where the progress goes: `process.stderr`, for instance. */
export type ProgressStream = NodeJS.WritableStream & { readonly isTTY?: boolean };

export interface ProgressBarOptions {
  /** Environment steps of the whole run. */
  readonly total: number;
  /** Standard error by default. */
  readonly stream?: ProgressStream;
  /** Write nothing at all. */
  readonly quiet?: boolean;
  /** In a pipe or file: at least so many seconds between two lines; 5 by default. */
  readonly everySeconds?: number;
  /** In milliseconds; the computer's clock by default. */
  readonly clock?: TimestampProvider;
}

interface Facts {
  readonly rate: string;
  readonly mean: string;
  /** Not `eta`: that name is cli-progress's own estimate. */
  readonly left: string;
}

interface Display {
  show(step: number, facts: Facts): void;
  close(): void;
}

function bar(total: number, stream: ProgressStream): Display {
  // The cursor is not hidden and lines still wrap: a killed process must not leave a crippled terminal.
  const shown = new cliProgress.SingleBar({
    stream,
    format: '[{bar}] {percentage}%  {value}/{total}  {rate} steps/s  return {mean}  eta {left}',
    barsize: 20,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    linewrap: true,
    hideCursor: false,
    gracefulExit: false,
  });
  shown.start(total, 0, { rate: '-', mean: '-', left: '-' });
  return { show: (step, facts) => shown.update(Math.min(step, total), facts), close: () => shown.stop() };
}

function lines(total: number, stream: ProgressStream, everySeconds: number, clock: TimestampProvider): Display {
  let written = -Infinity;
  let waiting: string | undefined;
  const write = (line: string): void => {
    stream.write(line);
    waiting = undefined;
    written = clock.now();
  };
  return {
    show: (step, { rate, mean, left }) => {
      const line = `step ${step}/${total} (${Math.min(100, Math.floor((100 * step) / total))}%)  ${rate} steps/s  return ${mean}  eta ${left}\n`;
      if (clock.now() - written >= everySeconds * 1000) write(line);
      else waiting = line;
    },
    close: () => {
      if (waiting !== undefined) write(waiting);
    },
  };
}

function factsOf({ step, meanReturn }: RolloutMessage, rate: StepRate, total: number): Facts {
  const perSecond = rate.perSecond;
  return {
    rate: Number.isFinite(perSecond) ? String(Math.round(perSecond)) : '-',
    mean: meanReturn === undefined ? '-' : meanReturn.toFixed(1),
    left: formatDuration(Math.max(0, total - step) / perSecond),
  };
}

/**
 * Shows how far a run is: steps, steps per second (over the last 64 chunks), mean return of the last 100 episodes and
 * the time that is left. On a terminal a bar; in a pipe or file plain lines, the first at once, at most one per
 * `everySeconds`, and the newest at the end. It stops cleanly on completion, error and unsubscribing. All messages pass unchanged.
 *
 * @throws when `total` is not positive.
 */
export function progressBar<M extends Message>({ total, stream = process.stderr, quiet = false, everySeconds = 5, clock = asyncScheduler }: ProgressBarOptions): MonoTypeOperatorFunction<M> {
  if (!(total > 0)) throw new Error(`progressBar: total must be a positive number of steps, got ${total}`);
  if (quiet) return (source) => source;
  return (source) =>
    defer(() => {
      const display = stream.isTTY === true ? bar(total, stream) : lines(total, stream, everySeconds, clock);
      const rate = new StepRate();
      return source.pipe(
        tap((message) => {
          if (message.kind !== 'rollout') return;
          rate.push(clock.now() / 1000, message.step);
          display.show(message.step, factsOf(message, rate, total));
        }),
        finalize(() => display.close()),
      );
    });
}
