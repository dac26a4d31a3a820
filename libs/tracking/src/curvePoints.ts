import type { Message } from '@rivulet/streams';
import type { CurvePoint } from './learningCurve.js';
import { scalarsOf } from './scalarsOf.js';

/**
 * The values of one tag of `scalarsOf` against the step, for instance from `readJsonl`.
 * @param tag `rollout/meanReturn` by default.
 */
export function curvePoints(messages: Iterable<Message>, tag = 'rollout/meanReturn'): CurvePoint[] {
  const points: CurvePoint[] = [];
  for (const message of messages) {
    for (const scalar of scalarsOf(message)) if (scalar.tag === tag) points.push({ step: message.step, value: scalar.value });
  }
  return points;
}
