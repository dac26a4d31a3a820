import type { TextTokenizer, TokenRoom } from '@rivulet/algorithms';
import type { TokenTask } from '@rivulet/envs-language';
import { Rng } from '@rivulet/engine';
import type { RunConfig } from './runConfig.js';

const DRAWN = 1000;
/** Tokens that a policy may write beyond the longest solution. */
const SPARE = 4;

/** Room for a task: the longest prompt of 1000 problems of each split, and the new tokens that the config gives, or those of the longest solution, the end token and four more. */
export function roomOf({ newTokens }: Pick<RunConfig, 'newTokens'>, task: TokenTask, tokenizer: TextTokenizer): TokenRoom {
  const rng = Rng.fromSeed(0).foldIn('room');
  const drawn = (['train', 'heldOut'] as const).flatMap((split) => Array.from({ length: DRAWN }, () => task.sample(rng, { split })));
  const longest = (texts: readonly string[]): number => Math.max(...texts.map((text) => tokenizer.encode(text).length));
  return { promptTokens: longest(drawn.map(({ prompt }) => prompt)), newTokens: newTokens === 'auto' ? longest(drawn.map(({ solution }) => solution)) + 1 + SPARE : newTokens };
}
