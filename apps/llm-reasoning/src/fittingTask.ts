import type { TextTokenizer, TokenRoom } from '@rivulet/algorithms';
import { Rng } from '@rivulet/engine';
import type { TokenTask } from '@rivulet/envs-language';

const TRIES = 1000;

/**
 * A task whose problems fit the room, solution and end token included: others are drawn again.
 * @throws when hardly any fits.
 */
export function fittingTask(task: TokenTask, tokenizer: TextTokenizer, { promptTokens, newTokens }: TokenRoom): TokenTask {
  const fitting: TokenTask = {
    ...task,
    sample(rng, options) {
      for (let i = 0; i < TRIES; i++) {
        const problem = task.sample(rng, options);
        if (tokenizer.encode(problem.prompt).length <= promptTokens && tokenizer.encode(problem.solution).length < newTokens) return problem;
      }
      throw new Error(`${task.name}: none of ${TRIES} solutions fits into ${newTokens} tokens: give more newTokens, or easier problems`);
    },
  };
  fitting.sample(Rng.fromSeed(0));
  return fitting;
}
