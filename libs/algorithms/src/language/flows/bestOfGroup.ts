import { map, type MonoTypeOperatorFunction } from 'rxjs';
import type { CompletionGroup } from './completionGroup.js';
import { keepCompletions } from './keepCompletions.js';

/** Of each group its best completion alone; of several the first. Best-of-n sampling, of which expert iteration learns. */
export function bestOfGroup(): MonoTypeOperatorFunction<CompletionGroup> {
  return map((group) => keepCompletions(group, [group.rewards.indexOf(Math.max(...group.rewards))]));
}
