import type { Rng } from '@rivulet/engine';
import { map, type MonoTypeOperatorFunction } from 'rxjs';
import type { CompletionGroup } from '../flows/completionGroup.js';
import { keepCompletions } from '../flows/keepCompletions.js';

/** What {@link rankedGroups} takes. */
export interface RankedGroupsOptions {
  /** τ ≥ 0, the temperature of the judge, in units of reward: 0 is never wrong. */
  readonly noise: number;
  readonly rng: Rng;
}

/**
 * Each group as a judge ranks it, the best first, with its judgements as rewards: u = r/τ + g, where g is standard Gumbel noise. The order is then a draw of Plackett and Luce's model with utilities r/τ, and that of two
 * completions one of Bradley and Terry's: the i-th is preferred to the j-th with probability σ((rᵢ − rⱼ)/τ). Without noise u = r, and equals stand in random order.
 *
 * ```
 * groups:                    (1 3 2)----(0 1 1)
 * rankedGroups({noise: 0}):  (3 2 1)----(1 1 0)
 * ```
 *
 * Source: Yellott, "The relationship between Luce's choice axiom, Thurstone's theory of comparative judgment, and the double exponential distribution" (1977).
 */
export function rankedGroups({ noise, rng }: RankedGroupsOptions): MonoTypeOperatorFunction<CompletionGroup> {
  return map((group) => {
    const luck = rng.fillGumbel(new Float64Array(group.rewards.length));
    const rewards = group.rewards.map((reward, i) => (noise > 0 ? reward / noise + luck[i] : reward));
    const order = rewards.map((_, i) => i).sort((a, b) => rewards[b] - rewards[a] || luck[b] - luck[a]);
    return keepCompletions({ ...group, rewards }, order);
  });
}
