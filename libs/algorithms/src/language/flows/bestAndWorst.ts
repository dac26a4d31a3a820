import { map, type MonoTypeOperatorFunction } from 'rxjs';
import type { CompletionGroup } from './completionGroup.js';
import { keepCompletions } from './keepCompletions.js';

/** Of each group its best completion and its worst, in this order, of several the first; twice the same where none is better. The pairs that preference optimization learns from. */
export function bestAndWorst(): MonoTypeOperatorFunction<CompletionGroup> {
  return map((group) => keepCompletions(group, [group.rewards.indexOf(Math.max(...group.rewards)), group.rewards.indexOf(Math.min(...group.rewards))]));
}
