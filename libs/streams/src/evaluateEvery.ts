import type { OperatorFunction } from 'rxjs';
import { atBoundaries } from './atBoundaries.js';
import { crosses } from './crosses.js';
import type { EpisodeSummary, Message } from './messages.js';

/** What an evaluation found. */
export interface Evaluation {
  readonly episodes: readonly EpisodeSummary[];
  /** The mean return of these episodes unless given. */
  readonly meanReturn?: number;
}

export interface EvaluateEveryOptions<W> {
  /** Evaluate at the first boundary at or after each multiple of so many environment steps. */
  readonly steps: number;
  /** Evaluates weights, which stay valid until the promise is settled. */
  readonly evaluate: (weights: W, step: number) => Promise<Evaluation>;
  /** Evaluate the last boundary too when the source completes; false by default. */
  readonly atEnd?: boolean;
}

function meanOf(episodes: readonly EpisodeSummary[]): number {
  if (episodes.length === 0) throw new Error('evaluateEvery: the evaluation gave neither episodes nor a mean return');
  return episodes.reduce((sum, episode) => sum + episode.return, 0) / episodes.length;
}

/**
 * Evaluates the newest weights every so many steps while the loop waits, and emits an evaluation message before the
 * boundary (so everything that belongs to an iteration comes before its boundary).
 *
 * ```
 * source:                      -R-U-B--R-U-B-----R-U-B--
 * step:                         8      16        24
 * evaluateEvery({steps: 16}):  -R-U-B--R-U---EB--R-U-B--
 * ```
 *
 * A multiple counts as reached when it lies in the iteration's chunk, hence a restored run evaluates at the same steps.
 * A failing evaluation ends the stream with its error. For `atEnd`, operators that end the run (`untilReturn`...) must come before.
 *
 * @throws when `steps` is not positive.
 */
export function evaluateEvery<W>({ steps, evaluate, atEnd = false }: EvaluateEveryOptions<W>): OperatorFunction<Message<W>, Message<W>> {
  if (!(steps > 0)) throw new Error(`evaluateEvery: steps must be positive, got ${steps}`);
  return atBoundaries(() => ({
    due: (boundary, before) => crosses(before, boundary.step, steps),
    work: async ({ step, weights }) => {
      const { episodes, meanReturn } = await evaluate(weights, step);
      return { kind: 'evaluation', step, episodes, meanReturn: meanReturn ?? meanOf(episodes) };
    },
    atEnd,
  }));
}
