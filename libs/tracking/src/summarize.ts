import type { Message } from '@rivulet/streams';
import { asyncScheduler, defer, map, type OperatorFunction, reduce, type TimestampProvider } from 'rxjs';

/** A run in a few numbers. Returns are undefined where there was nothing to take them from. */
export interface RunSummary {
  /** Environment steps since the start of the run. */
  readonly steps: number;
  /** Gradient steps since the start of the run. */
  readonly updates: number;
  /** Episodes that ended while somebody was subscribed. */
  readonly episodes: number;
  /** The last mean return of (at most) 100 episodes. */
  readonly meanReturn: number | undefined;
  /** The best of them. */
  readonly bestMeanReturn: number | undefined;
  /** The last evaluation's mean return. */
  readonly evaluation: number | undefined;
  /** The best of them. */
  readonly bestEvaluation: number | undefined;
  /** The last checkpoint. */
  readonly checkpoint: string | undefined;
  /** Wall time from subscribing to the end. */
  readonly seconds: number;
}

const NOTHING: Omit<RunSummary, 'seconds'> = {
  steps: 0,
  updates: 0,
  episodes: 0,
  meanReturn: undefined,
  bestMeanReturn: undefined,
  evaluation: undefined,
  bestEvaluation: undefined,
  checkpoint: undefined,
};

function best(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function add(run: Omit<RunSummary, 'seconds'>, message: Message): Omit<RunSummary, 'seconds'> {
  switch (message.kind) {
    case 'rollout': {
      const { step: steps, meanReturn } = message;
      return { ...run, steps, episodes: run.episodes + message.episodes.length, meanReturn, bestMeanReturn: best(run.bestMeanReturn, meanReturn) };
    }
    case 'update':
      return { ...run, updates: message.updates };
    case 'evaluation':
      return { ...run, evaluation: message.meanReturn, bestEvaluation: best(run.bestEvaluation, message.meanReturn) };
    case 'checkpoint':
      return { ...run, checkpoint: message.path };
    case 'boundary':
      return run;
  }
}

/**
 * Emits one {@link RunSummary} when the run is over.
 * @param clock In milliseconds; the computer's by default.
 */
export function summarize(clock: TimestampProvider = asyncScheduler): OperatorFunction<Message, RunSummary> {
  return (source) =>
    defer(() => {
      const start = clock.now();
      return source.pipe(
        reduce(add, NOTHING),
        map((run) => ({ ...run, seconds: (clock.now() - start) / 1000 })),
      );
    });
}
