import type { CompletionGroup } from './completionGroup.js';

/** A group with some of its completions, in the order of their indices. */
export function keepCompletions(group: CompletionGroup, indices: readonly number[]): CompletionGroup {
  const pick = <X>(list: readonly X[]): X[] => indices.map((i) => list[i]);
  return { ...group, completions: pick(group.completions), texts: pick(group.texts), rewards: pick(group.rewards), reasons: pick(group.reasons) };
}
