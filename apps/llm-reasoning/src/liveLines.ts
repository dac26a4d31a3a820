import type { Message } from '@rivulet/streams';
import type { ProgressStream } from '@rivulet/tracking';
import { asyncScheduler, defer, type MonoTypeOperatorFunction, tap, type TimestampProvider } from 'rxjs';

export interface LiveLinesOptions {
  /** What is going on: 'warm start', 'dapo'. */
  readonly name: string;
  readonly stream: ProgressStream;
  /** Rounds that were made before, and the most there may be. */
  readonly rounds: { readonly from: number; readonly most: number };
  /** Seconds between two lines without an evaluation; 5 by default. */
  readonly everySeconds?: number;
  /** In milliseconds; the computer's clock by default. */
  readonly clock?: TimestampProvider;
}

/** Metrics that a line shows, where there are any. */
const SHOWN = ['loss', 'accuracy', 'reward', 'entropy', 'length'];

/** Writes a line for each evaluation and for the last round, and others while there is none: round, tokens and their rate, metrics, held-out accuracy. All messages pass unchanged. */
export function liveLines<W>({ name, stream, rounds, everySeconds = 5, clock = asyncScheduler }: LiveLinesOptions): MonoTypeOperatorFunction<Message<W>> {
  return (source) =>
    defer(() => {
      let [round, tokens, since, written] = [rounds.from, 0, clock.now(), clock.now()];
      let metrics: { readonly [name: string]: number } = {};
      let accuracy: number | undefined;
      const write = (step: number): void => {
        const now = clock.now();
        const rate = now > since ? `${Math.round((1000 * tokens) / (now - since))} tokens/s` : undefined;
        const numbers = SHOWN.filter((key) => key in metrics).map((key) => `${key} ${metrics[key].toPrecision(3)}`);
        const heldOut = accuracy === undefined ? [] : [`held out ${(100 * accuracy).toFixed(1)} %`];
        stream.write(`${[`${name} ${round}/${rounds.most}`, `${step} tokens`, rate, ...numbers, ...heldOut].filter((part) => part !== undefined).join('  ')}\n`);
        [tokens, since, written, accuracy] = [0, now, now, undefined];
      };
      return source.pipe(
        tap((message) => {
          if (message.kind === 'rollout') tokens += message.steps;
          if (message.kind === 'update') metrics = message.metrics;
          if (message.kind === 'evaluation') accuracy = message.meanReturn;
          if (message.kind !== 'boundary') return;
          round++;
          if (accuracy !== undefined || round === rounds.most || clock.now() - written >= everySeconds * 1000) write(message.step);
        }),
      );
    });
}
