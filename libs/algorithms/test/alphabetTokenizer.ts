import type { TextTokenizer } from '../src/index.js';

/** Characters as tokens; token 0 ends. */
export function alphabetTokenizer(alphabet: string): TextTokenizer & { readonly eos: number } {
  return {
    vocabSize: 1 + alphabet.length,
    eos: 0,
    encode: (text) =>
      [...text].map((letter) => {
        if (!alphabet.includes(letter)) throw new Error(`'${letter}' is not in the alphabet`);
        return 1 + alphabet.indexOf(letter);
      }),
    decode: (ids) => Array.from(ids, (id) => (id === 0 ? '' : alphabet[id - 1])).join(''),
  };
}
