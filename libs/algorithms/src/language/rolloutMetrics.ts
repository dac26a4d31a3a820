import type { HostBatch, NdArray } from '@rivulet/engine';

/** What the actor adds to a rollout of several turns, float32 [N] each. */
const OF_EPISODES = ['turns', 'unfinished', 'toolCalls'];

/**
 * Of completions that are learned from for the first time, in consecutive groups: mean reward, mean length in tokens that the policy wrote, and the shares of groups that were all right or all alike. Of episodes of several turns also their
 * mean `turns`, the share that was `unfinished`, and mean `toolCalls` where they are known.
 */
export function rolloutMetrics(rollout: HostBatch, groupSize: number): { readonly [name: string]: number } {
  const { reward, written, age } = rollout;
  // Rows of older rollouts, which stand last, had their turn.
  const rows = age === undefined ? reward.data.length : age.data.filter((rounds) => rounds === 0).length;
  const rewards = Array.from(reward.data.subarray(0, rows));
  const groups = Array.from({ length: rewards.length / groupSize }, (_, q) => rewards.slice(q * groupSize, (q + 1) * groupSize));
  const share = (holds: (group: readonly number[]) => boolean): number => groups.filter(holds).length / groups.length;
  const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0) / rows;
  return {
    reward: rewards.reduce((sum, value) => sum + value, 0) / rewards.length,
    length: (written as NdArray<'float32'>).data.subarray(0, rows * written.shape[1]).reduce((sum, one) => sum + one, 0) / rewards.length,
    solvedGroups: share((group) => group.every((value) => value === 1)),
    uninformativeGroups: share((group) => group.every((value) => value === group[0])),
    ...Object.fromEntries(OF_EPISODES.filter((name) => rollout[name] !== undefined).map((name) => [name, mean(rollout[name].data.subarray(0, rows))])),
  };
}
