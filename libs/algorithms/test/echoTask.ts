import type { TextProblem, TextTokenizer, VerifiableTask } from '../src/index.js';

const ALPHABET = 'abc=';
/** Token 0 ends, token 1 is padding. */
export const tokenizer: TextTokenizer = {
  vocabSize: 2 + ALPHABET.length,
  eos: 0,
  encode: (text) => [...text].map((letter) => 2 + ALPHABET.indexOf(letter)),
  decode: (ids) => Array.from(ids, (id) => (id < 2 ? '' : ALPHABET[id - 2])).join(''),
};

/** Say one letter again, and stop. */
export const echo: VerifiableTask = {
  name: 'echo',
  sample: (rng): TextProblem => {
    const letter = ALPHABET[rng.nextInt(3)];
    return { prompt: `${letter}=`, solution: letter };
  },
  verify: ({ solution }, text) => (text === solution ? { reward: 1, reason: 'right' } : { reward: 0, reason: 'wrong' }),
};
