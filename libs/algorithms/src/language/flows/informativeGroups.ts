import { concat, defer, filter, from, type MonoTypeOperatorFunction, take } from 'rxjs';
import type { CompletionGroup } from './completionGroup.js';

/**
 * The first `count` groups whose rewards differ, as they come: where all are alike, a group's advantages are 0. If the source ends before, the earliest of the others fill up. Ends, and with it what
 * draws and writes upstream, as soon as there are enough: dynamic sampling.
 *
 * ```
 * groups:                 a--B--c--D--E      capitals differ
 * informativeGroups(2):   ---B-----D|
 * groups:                 a--B--c|
 * informativeGroups(2):   ---B---a|
 * ```
 *
 * Source: Yu et al., "DAPO" (2025), section 3.2.
 *
 * @param options.minDeviation the smallest standard deviation (of the group as it is, divided by G) that counts as different; any unless given
 */
export function informativeGroups(count: number, options: { readonly minDeviation?: number } = {}): MonoTypeOperatorFunction<CompletionGroup> {
  const { minDeviation = 0 } = options;
  return (groups$) =>
    defer(() => {
      const others: CompletionGroup[] = [];
      const informative$ = groups$.pipe(
        filter((group) => {
          const informs = isInformative(group, minDeviation);
          if (!informs) others.push(group);
          return informs;
        }),
      );
      return concat(informative$, defer(() => from(others))).pipe(take(count));
    });
}

function isInformative({ rewards }: CompletionGroup, minDeviation: number): boolean {
  if (rewards.every((reward) => reward === rewards[0])) return false;
  const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
  return Math.sqrt(rewards.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / rewards.length) >= minDeviation;
}
