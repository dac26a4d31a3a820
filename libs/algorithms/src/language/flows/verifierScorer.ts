import type { Scorer } from './scorer.js';
import type { VerifiableTask } from '../verifiableTask.js';

/** The task's own verifier as a scorer: the default of every algorithm over tokens. */
export function verifierScorer(task: Pick<VerifiableTask, 'verify'>): Scorer {
  return {
    async score(answers) {
      return answers.map(({ problem, text }) => {
        const { reward, reason } = task.verify(problem, text);
        return { reward, reason };
      });
    },
  };
}
