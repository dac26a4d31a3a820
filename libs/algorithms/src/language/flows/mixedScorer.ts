import { tf } from '@rivulet/engine';
import { compositeReward, type RewardComposition } from '@rivulet/returns';
import type { Scorer } from './scorer.js';

/**
 * Several scorers as one: a reward model beside a verifier, a format beside an answer. Each judges every answer, and `compositeReward` makes one reward of theirs.
 *
 * @param parts by name; they are freed with the result.
 * @throws when there is no part; (rejects) when a weight or gate is for a part that is not there.
 */
export function mixedScorer(parts: { readonly [part: string]: Scorer }, composition: RewardComposition): Scorer {
  const entries = Object.entries(parts);
  if (entries.length === 0) throw new Error('mixedScorer: there is no part');
  return {
    async score(answers) {
      const judged = await Promise.all(entries.map(async ([part, scorer]) => ({ part, verdicts: await scorer.score(answers) })));
      const reward = tf.tidy(() => compositeReward(Object.fromEntries(judged.map(({ part, verdicts }) => [part, tf.tensor1d(verdicts.map((verdict) => verdict.reward))])), composition));
      const rewards = await reward.data();
      reward.dispose();
      return answers.map((_, i) => ({ reward: rewards[i], reason: judged.map(({ part, verdicts }) => `${part}: ${verdicts[i].reason}`).join(', ') }));
    },
    dispose: () => entries.forEach(([, scorer]) => scorer.dispose?.()),
  };
}
