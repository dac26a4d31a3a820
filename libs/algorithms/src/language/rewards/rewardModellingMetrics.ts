import type { HostBatch } from '@rivulet/engine';

/** Of completions that have a score: how often, of two in a group, the one with the higher reward has the higher score (equal scores are half right), how far it is ahead, how many such pairs there are, and the mean score. */
export function rewardModellingMetrics({ value, mask, reward }: HostBatch, groupSize: number): { readonly [name: string]: number } {
  const [rows, width] = value.shape;
  const whole = mask.shape[1];
  const scores = Array.from({ length: rows }, (_, row) => value.data[row * width + mask.data.subarray((row + 1) * whole - width, (row + 1) * whole).indexOf(0)]);
  let [right, ahead, pairs] = [0, 0, 0];
  for (let i = 0; i < rows; i++) {
    for (let j = i - (i % groupSize); j < i; j++) {
      const preference = Math.sign(reward.data[i] - reward.data[j]);
      if (preference === 0) continue;
      const difference = preference * (scores[i] - scores[j]);
      right += difference > 0 ? 1 : difference === 0 ? 0.5 : 0;
      ahead += difference;
      pairs++;
    }
  }
  return { accuracy: right / Math.max(pairs, 1), ahead: ahead / Math.max(pairs, 1), pairs, score: scores.reduce((sum, score) => sum + score, 0) / rows };
}
