import type { BoundaryMessage, EvaluationMessage, Message } from '@rivulet/streams';
import { concat, concatMap, defer, Observable, of, type OperatorFunction } from 'rxjs';

/** When to evaluate, and how. */
export interface EvaluateRoundsOptions<W> {
  /** Evaluate at the end of each round that is a multiple of it. */
  readonly every: number;
  /** Rounds that were made before. */
  readonly from: number;
  readonly evaluate: (weights: W, step: number, round: number) => Promise<Pick<EvaluationMessage, 'episodes' | 'meanReturn'>>;
}

/**
 * Evaluates the newest weights every so many rounds while the loop waits, and emits an evaluation message before the boundary. Rounds, not steps: how many tokens a round has is up to the policy.
 *
 * ```
 * source:                     -R-U-B--R-U-B-----R-U-B--
 * evaluateRounds({every: 2}): -R-U-B--R-U---EB--R-U-B--
 * ```
 */
export function evaluateRounds<W>({ every, from, evaluate }: EvaluateRoundsOptions<W>): OperatorFunction<Message<W>, Message<W>> {
  return (source) =>
    defer(() => {
      let rounds = from;
      return source.pipe(
        concatMap((message) => {
          if (message.kind !== 'boundary' || ++rounds % every !== 0) return of(message);
          const round = rounds;
          return concat(evaluated(message, () => evaluate(message.weights, message.step, round)), of(message));
        }),
      );
    });
}

/** The evaluation of a boundary, which is held until it was delivered. */
function evaluated<W>(boundary: BoundaryMessage<W>, evaluate: () => ReturnType<EvaluateRoundsOptions<W>['evaluate']>): Observable<Message<W>> {
  return new Observable((subscriber) => {
    let release = (): void => undefined;
    boundary.hold(new Promise<void>((resolve) => (release = resolve)));
    evaluate()
      .then(
        (evaluation) => {
          subscriber.next({ kind: 'evaluation', step: boundary.step, ...evaluation });
          subscriber.complete();
        },
        (error: unknown) => subscriber.error(error),
      )
      .finally(release);
  });
}
