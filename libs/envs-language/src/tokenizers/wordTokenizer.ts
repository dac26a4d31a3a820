import { symbolTokenizer } from './symbolTokenizer.js';
import type { SymbolTokenizer, SymbolTokenizerOptions } from './symbolTokenizer.js';

// A run of letters, with the space before it; any other character alone, so that no list must hold all numbers.
const PIECE = / ?[\p{L}\p{M}_]+|[^]/gu;

/**
 * One token per word. A word is a run of letters together with one space before it, so that " the" and "the" are two tokens and nothing is lost between them;
 * every other character (digits, punctuation, further spaces) is a token of its own. The vocabulary is every piece of the texts, in the order of code points, after
 * the special tokens pad 0, bos 1, eos 2 (and unk 3). Without `unknown`, `decode(encode(text))` is the text, always.
 *
 * @param texts what holds every word: usually the corpus
 * @throws when the texts are empty.
 */
export function wordTokenizer(texts: string | Iterable<string>, options: SymbolTokenizerOptions = {}): SymbolTokenizer {
  return symbolTokenizer('wordTokenizer', texts, (text) => text.match(PIECE) ?? [], options);
}
