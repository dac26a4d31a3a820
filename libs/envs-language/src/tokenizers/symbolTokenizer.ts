import type { Tokenizer } from './tokenizer.js';

/** What {@link charTokenizer} and {@link wordTokenizer} take besides the texts. */
export interface SymbolTokenizerOptions {
  /** Whether symbols outside of the vocabulary become the token `unk`, written as U+FFFD; an error unless given. */
  readonly unknown?: boolean;
}

/** A tokenizer over a list of symbols. Special tokens come first: pad 0, bos 1, eos 2 and, where asked for, unk 3. */
export interface SymbolTokenizer extends Tokenizer {
  readonly pad: number;
  readonly bos: number;
  readonly eos: number;
  readonly unk: number | undefined;
  /** What the ids after the special tokens stand for, in order. */
  readonly symbols: readonly string[];
}

/** A tokenizer whose pieces, one after the other, are the text: decoding is joining. */
export function symbolTokenizer(name: string, texts: string | Iterable<string>, pieces: (text: string) => string[], { unknown = false }: SymbolTokenizerOptions): SymbolTokenizer {
  const symbols = vocabulary(typeof texts === 'string' ? [texts] : texts, pieces);
  if (symbols.length === 0) throw new Error(`${name}: the texts hold no symbol`);
  const names = unknown ? ['<pad>', '<bos>', '<eos>', '<unk>'] : ['<pad>', '<bos>', '<eos>'];
  const first = names.length;
  const ids = new Map(symbols.map((symbol, i) => [symbol, first + i]));
  const unk = unknown ? 3 : undefined;
  const vocabSize = first + symbols.length;

  return {
    vocabSize, pad: 0, bos: 1, eos: 2, unk, symbols,
    encode(text) {
      return pieces(text).map((piece, i) => {
        const id = ids.get(piece) ?? unk;
        if (id === undefined) throw new Error(`${name}: ${JSON.stringify(piece)} (piece ${i} of the text) is not among the ${symbols.length} symbols; add it to the texts or set unknown: true`);
        return id;
      });
    },
    decode(sequence, { special = false } = {}) {
      const parts = Array.from(sequence, (id, i) => {
        if (!Number.isInteger(id) || id < 0 || id >= vocabSize) throw new Error(`${name}: id ${id} at position ${i} is not in 0 .. ${vocabSize - 1}`);
        if (id >= first) return symbols[id - first];
        if (special) return names[id];
        return id === unk ? '\ufffd' : '';
      });
      return parts.join('');
    },
  };
}

/** The pieces of all texts, each once, in the order of their code points: the same for the same texts in any order. */
function vocabulary(texts: Iterable<string>, pieces: (text: string) => string[]): string[] {
  const found = new Set<string>();
  for (const text of texts) for (const piece of pieces(text)) found.add(piece);
  return [...found].sort(byCodePoints);
}

function byCodePoints(left: string, right: string): number {
  const [a, b] = [[...left], [...right]];
  const i = a.findIndex((symbol, at) => symbol !== b[at]);
  if (i < 0 || i >= b.length) return a.length - b.length;
  return (a[i].codePointAt(0) ?? 0) - (b[i].codePointAt(0) ?? 0);
}
