import type { TokenGeneratorOptions } from './generation/tokenGenerator.js';
import type { MultiTurnTask } from './multiTurnTask.js';
import type { TokenRoom } from './tokenRollout.js';
import type { TextTokenizer } from './verifiableTask.js';

/**
 * What a `tokenGenerator` needs to know to write the turns of a task: its new tokens are those of a turn, its prompt is all that stands before, and the task's stops end it. Together both take no more of the model's context than the
 * episode, P + T.
 *
 * @throws when `turnTokens` is not an integer from 1 to `newTokens`.
 */
export function turnRoom({ task, tokenizer, room }: { readonly task: Pick<MultiTurnTask, 'stops'>; readonly tokenizer: Pick<TextTokenizer, 'encode'>; readonly room: TokenRoom }): Pick<TokenGeneratorOptions, 'promptTokens' | 'newTokens' | 'stops'> {
  const turnTokens = turnTokensOf(room);
  return { promptTokens: room.promptTokens + room.newTokens - turnTokens, newTokens: turnTokens, stops: task.stops.map((stop) => tokenizer.encode(stop)) };
}

/** @throws when the room does not say how long a turn may be, or no turn fits. */
export function turnTokensOf({ newTokens, turnTokens }: TokenRoom): number {
  if (turnTokens === undefined || !Number.isInteger(turnTokens) || turnTokens < 1 || turnTokens > newTokens) {
    throw new Error(`a task of several turns needs turnTokens, the most tokens of a turn: an integer from 1 to the ${newTokens} tokens of an episode, got ${turnTokens}`);
  }
  return turnTokens;
}
