import type { JsonTokenizerFiles } from './jsonTokenizer.js';
import type { SymbolTokenizer } from './symbolTokenizer.js';

/**
 * The files tokenizer.json and tokenizer_config.json of a `charTokenizer`, for every library that reads the Hugging Face format: the same ids for the same texts. It is a byte-pair model without merges,
 * whose pieces are the characters.
 *
 * @throws for a tokenizer with symbols of several characters: where its texts are cut, such a file cannot say.
 */
export function tokenizerFiles({ symbols, unk }: SymbolTokenizer): JsonTokenizerFiles {
  const long = symbols.find((symbol) => [...symbol].length !== 1);
  if (long !== undefined) throw new Error(`tokenizerFiles: the symbol ${JSON.stringify(long)} has several characters; only a charTokenizer has such files`);
  const special = unk === undefined ? ['<pad>', '<bos>', '<eos>'] : ['<pad>', '<bos>', '<eos>', '<unk>'];
  const unknown = unk === undefined ? null : '<unk>';
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: special.map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
      normalizer: null,
      pre_tokenizer: { type: 'Split', pattern: { Regex: '[\\s\\S]' }, behavior: 'Isolated', invert: false },
      post_processor: null,
      decoder: { type: 'Fuse' },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: unknown,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        vocab: Object.fromEntries([...special, ...symbols].map((symbol, id) => [symbol, id])),
        merges: [],
      },
    },
    config: { tokenizer_class: 'PreTrainedTokenizerFast', pad_token: '<pad>', bos_token: '<bos>', eos_token: '<eos>', ...(unknown === null ? {} : { unk_token: unknown }), clean_up_tokenization_spaces: false },
  };
}
