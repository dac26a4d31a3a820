import { symbolTokenizer } from './symbolTokenizer.js';
import type { SymbolTokenizer, SymbolTokenizerOptions } from './symbolTokenizer.js';

/**
 * One token per character (Unicode code point). The vocabulary is every character of the texts, in the order of code points, after the special tokens
 * pad 0, bos 1, eos 2 (and unk 3). Without `unknown`, `decode(encode(text))` is the text, always.
 *
 * @param texts what holds every character: an alphabet, or texts; each task has its own in `alphabet`
 * @throws when the texts are empty.
 */
export function charTokenizer(texts: string | Iterable<string>, options: SymbolTokenizerOptions = {}): SymbolTokenizer {
  return symbolTokenizer('charTokenizer', texts, (text) => [...text], options);
}
