import type { DemonstrationPart, MultiTurnTask } from './multiTurnTask.js';
import type { TokenRoom, TokenSequence } from './tokenRollout.js';
import { turnTokensOf } from './turnRoom.js';
import type { TextTokenizer } from './verifiableTask.js';

export interface DemonstrationSequenceOptions {
  readonly task: Pick<MultiTurnTask, 'stops'>;
  readonly tokenizer: TextTokenizer;
  /** With `turnTokens`. */
  readonly room: TokenRoom;
}

/**
 * A demonstration as it is learned from: each part is tokenized by itself, and what the model writes is `own`. A turn that ends with no stop of the task gets the end token, so that a model learns where to end it: the tokens are those that a
 * policy which does the same leaves in an episode.
 *
 * @throws when the tokenizer has no end token, or the episode could not be played within the room.
 */
export function demonstrationSequence(parts: readonly DemonstrationPart[], { task, tokenizer, room }: DemonstrationSequenceOptions): Required<Pick<TokenSequence, 'prompt' | 'tokens' | 'own'>> {
  const { eos } = tokenizer;
  if (eos === undefined) throw new Error('demonstrationSequence: the tokenizer has no end token, so a model could not learn where a turn ends');
  const turnTokens = turnTokensOf(room);
  const stopped = (text: string): boolean => task.stops.some((stop) => text.endsWith(stop));
  const [prompt, tokens, own]: [number[], number[], boolean[]] = [[], [], []];
  for (const { role, text } of parts) {
    const encoded = tokenizer.encode(text);
    if (role === 'prompt' && tokens.length === 0) {
      prompt.push(...encoded);
      continue;
    }
    const written = role === 'model';
    const whole = written && !stopped(text) ? [...encoded, eos] : encoded;
    if (written && whole.length > turnTokens) throw new Error(`demonstrationSequence: a turn has ${whole.length} tokens, ${turnTokens} fit (turnTokens): '${text}'`);
    if (written && tokens.length + turnTokens > room.newTokens) throw new Error(`demonstrationSequence: after ${tokens.length} tokens no turn of ${turnTokens} fits into an episode of ${room.newTokens} (newTokens)`);
    tokens.push(...whole);
    own.push(...whole.map(() => written));
  }
  return { prompt, tokens, own };
}
