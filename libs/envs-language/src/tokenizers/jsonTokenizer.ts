import { Tokenizer as Library } from '@huggingface/tokenizers';
import type { Tokenizer } from './tokenizer.js';

/** The parsed files of a tokenizer in the Hugging Face format. */
export interface JsonTokenizerFiles {
  /** tokenizer.json */
  readonly tokenizer: object;
  /** tokenizer_config.json: names the special tokens. */
  readonly config?: object;
}

/** A {@link jsonTokenizer}. */
export interface JsonTokenizer extends Tokenizer {
  /** The id of a token as the vocabulary writes it, such as `<|im_end|>`; undefined where there is none. */
  id(token: string): number | undefined;
  /** The token of an id as the vocabulary writes it, such as `Ġthe`; undefined where there is none. */
  token(id: number): string | undefined;
}

/**
 * A tokenizer out of tokenizer.json (byte-level BPE, WordPiece, Unigram), run by `@huggingface/tokenizers`. The special tokens are those that tokenizer_config.json names as `pad_token`,
 * `bos_token` and `eos_token`; without a pad token, take the id of eos, and a mask.
 *
 * Three things to know. A special token that is written out in a text becomes that token, so texts of strangers must be cleaned of them before they enter a prompt. What normalisation removes does
 * not come back. And where the vocabulary has neither all bytes nor a token for unknown symbols, the library drops those in silence: here `encode` throws.
 *
 * @throws when the files are not those of a tokenizer, or name a special token that the vocabulary lacks.
 */
export function jsonTokenizer({ tokenizer, config = {} }: JsonTokenizerFiles): JsonTokenizer {
  const library = load(tokenizer, config);
  const vocabulary = library.get_vocab();
  const tokens = new Map([...vocabulary].map(([token, id]) => [id, token]));
  const mayDrop = !hasUnknown(tokenizer) && !byteSymbols().every((symbol) => vocabulary.has(symbol));
  const [pad, bos, eos] = ['pad_token', 'bos_token', 'eos_token'].map((name) => specialId(config, name, vocabulary));

  return {
    vocabSize: 1 + [...tokens.keys()].reduce((most, id) => Math.max(most, id), -1), pad, bos, eos,
    encode(text) {
      if (text === '') return [];
      const { ids } = library.encode(text, { add_special_tokens: false });
      if (mayDrop && written(library, ids) !== text) throw new Error(`jsonTokenizer: the vocabulary lacks symbols of ${JSON.stringify(text.slice(0, 80))} and a token for unknown ones`);
      return ids;
    },
    decode(ids, { special = false } = {}) {
      const list = Array.from(ids);
      const wrong = list.findIndex((id) => !tokens.has(id));
      if (wrong >= 0) throw new Error(`jsonTokenizer: id ${list[wrong]} at position ${wrong} is not in the vocabulary of ${vocabulary.size} tokens`);
      return written(library, list, !special);
    },
    id: (token) => vocabulary.get(token),
    token: (id) => tokens.get(id),
  };
}

function load(tokenizer: object, config: object): Library {
  try {
    return new Library(tokenizer, config);
  } catch (error) {
    throw new Error(`jsonTokenizer: not the content of a tokenizer.json: ${(error as Error).message}`, { cause: error });
  }
}

function written(library: Library, ids: number[], skip = false): string {
  return ids.length === 0 ? '' : library.decode(ids, { skip_special_tokens: skip, clean_up_tokenization_spaces: false });
}

function specialId(config: object, name: string, vocabulary: Map<string, number>): number | undefined {
  const entry = (config as { [key: string]: unknown })[name];
  if (entry === undefined || entry === null) return undefined;
  const token = typeof entry === 'object' ? (entry as { content?: unknown }).content : entry;
  const id = typeof token === 'string' ? vocabulary.get(token) : undefined;
  if (id === undefined) throw new Error(`jsonTokenizer: ${name} is ${JSON.stringify(token)}, which the vocabulary lacks`);
  return id;
}

/** Whether the model has somewhere to put what it does not know: an unknown token, or bytes. */
function hasUnknown(tokenizer: object): boolean {
  const { model } = tokenizer as { model?: { unk_token?: string | null; unk_id?: number | null; byte_fallback?: boolean } };
  return typeof model?.unk_token === 'string' || typeof model?.unk_id === 'number' || model?.byte_fallback === true;
}

/** How byte-level BPE writes the 256 bytes: printable ones as themselves, the others from U+0100 on (Radford et al. 2019). */
function byteSymbols(): string[] {
  const printable = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 255 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}
