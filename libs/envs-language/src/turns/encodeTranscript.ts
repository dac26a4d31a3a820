import type { Tokenizer } from '../tokenizers/tokenizer.js';
import type { Segment } from './segment.js';

/** A transcript as tokens. */
export interface EncodedTranscript {
  /** `[T]` */
  readonly ids: Int32Array;
  /** `[T]`: 1 where the model wrote the token, so that losses count it; 0 for prompts and replies. */
  readonly mask: Uint8Array;
}

/** How {@link encodeTranscript} encodes. */
export interface EncodeTranscriptOptions {
  /** Whether bos stands first; false unless given. */
  readonly bos?: boolean;
  /** Whether eos stands last, as the model's own if it wrote the last segment; false unless given. */
  readonly eos?: boolean;
}

/**
 * A transcript as tokens with its role mask. Each segment is encoded by itself, as it was generated: no token spans two of them, and the mask is exact.
 *
 * @throws when bos or eos is asked for and the tokenizer has none, or as its `encode` does.
 */
export function encodeTranscript(tokenizer: Tokenizer, segments: readonly Segment[], { bos = false, eos = false }: EncodeTranscriptOptions = {}): EncodedTranscript {
  const ids: number[] = [];
  const mask: number[] = [];
  const add = (tokens: readonly number[], own: boolean): void => {
    // Not by spreading into push: a long segment has more tokens than a call has room for.
    for (const token of tokens) {
      ids.push(token);
      mask.push(own ? 1 : 0);
    }
  };
  if (bos) add([special(tokenizer, 'bos')], false);
  for (const { role, text } of segments) add(tokenizer.encode(text), role === 'model');
  if (eos) add([special(tokenizer, 'eos')], segments.at(-1)?.role === 'model');
  return { ids: Int32Array.from(ids), mask: Uint8Array.from(mask) };
}

function special(tokenizer: Tokenizer, name: 'bos' | 'eos'): number {
  const id = tokenizer[name];
  if (id === undefined) throw new Error(`encodeTranscript: the tokenizer has no ${name}`);
  return id;
}
