import type { TokenRoom } from '@rivulet/algorithms';
import type { RunConfig } from './runConfig.js';

/** Tokens that the model of a run must hold: a prompt and a completion, and one more where a reward model reads the score of the longest. */
export function contextOf({ reward }: Pick<RunConfig, 'reward'>, { promptTokens, newTokens }: TokenRoom): number {
  return promptTokens + newTokens + (reward === 'model' ? 1 : 0);
}
