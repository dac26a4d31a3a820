import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyText } from '../../test/anyText.js';
import { charTokenizer } from './charTokenizer.js';
import { jsonTokenizer } from './jsonTokenizer.js';
import { wordTokenizer } from './wordTokenizer.js';

describe('charTokenizer', () => {
  it('numbers characters by code point, after pad, bos and eos', () => {
    const tokenizer = charTokenizer('ba=+0');
    expect(tokenizer.symbols).toEqual(['+', '0', '=', 'a', 'b']);
    expect([tokenizer.pad, tokenizer.bos, tokenizer.eos, tokenizer.unk, tokenizer.vocabSize]).toEqual([0, 1, 2, undefined, 8]);
    expect(tokenizer.encode('b+a')).toEqual([7, 3, 6]);
    expect(tokenizer.decode([1, 7, 3, 6, 2, 0, 0])).toBe('b+a');
    expect(tokenizer.decode([1, 7, 2, 0], { special: true })).toBe('<bos>b<eos><pad>');
    expect(charTokenizer(['0a', '+b='])).toMatchObject({ symbols: tokenizer.symbols });
  });

  it('keeps characters outside of the basic plane whole, and lone surrogates', () => {
    const tokenizer = charTokenizer('a😀é');
    expect(tokenizer.encode('😀a')).toHaveLength(2);
    expect(tokenizer.decode(tokenizer.encode('é😀😀a'))).toBe('é😀😀a');
    expect(() => tokenizer.encode('\ud83d')).toThrow(/not among/);
    expect(charTokenizer('a\ud83d').encode('\ud83d')).toEqual([4]);
  });

  it('refuses unknown symbols, or writes unk', () => {
    expect(() => charTokenizer('ab').encode('abc')).toThrow(/charTokenizer: "c" \(piece 2 of the text\) is not among the 2 symbols/);
    const tokenizer = charTokenizer('ab', { unknown: true });
    expect(tokenizer.encode('acb')).toEqual([4, 3, 5]);
    expect(tokenizer.decode([4, 3, 5])).toBe('a\ufffdb');
    expect(tokenizer.decode([3], { special: true })).toBe('<unk>');
    expect(() => tokenizer.decode([6])).toThrow(/id 6 at position 0 is not in 0 .. 5/);
    expect(() => tokenizer.decode([4, -1])).toThrow(/id -1 at position 1/);
    expect(() => tokenizer.decode([0.5])).toThrow(/id 0.5/);
    expect(() => charTokenizer('')).toThrow(/no symbol/);
  });

  it('is exact both ways on any text', () => {
    fc.assert(fc.property(anyText, (other) => {
      const text = `${other}.`;
      const tokenizer = charTokenizer(text);
      const ids = tokenizer.encode(text);
      expect(tokenizer.decode(ids)).toBe(text);
      expect(ids.every((id) => id >= 3 && id < tokenizer.vocabSize)).toBe(true);
    }), { seed: 1 });
  });
});

describe('wordTokenizer', () => {
  it('takes words with the space before them, and everything else alone', () => {
    const tokenizer = wordTokenizer('the cat, the  12');
    expect(tokenizer.symbols).toEqual([' ', ' cat', ' the', ',', '1', '2', 'the']);
    expect(tokenizer.encode('the cat 21')).toEqual([9, 4, 3, 8, 7]);
    expect(() => tokenizer.encode('the dog')).toThrow(/wordTokenizer: " dog" \(piece 1/);
  });

  it('is exact both ways on any text', () => {
    fc.assert(fc.property(fc.array(fc.oneof(fc.constantFrom(' ', '  ', 'a', 'the', '\n', '7', ' é', 'e\u0301'), anyText), { minLength: 1 }), (parts) => {
      const text = `${parts.join('')}.`;
      const tokenizer = wordTokenizer([text, 'other words']);
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }), { seed: 1 });
  });
});

/** A byte-level BPE with the merges l+o, lo+w, e+r; `missing` bytes are left out. */
function files(missing: string[] = []): { tokenizer: object; config: object } {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  const plain = bytes.filter((byte) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 255 && byte !== 173));
  const others = bytes.filter((byte) => !plain.includes(byte)).map((_, i) => 256 + i);
  const symbols = [...[...plain, ...others].map((code) => String.fromCharCode(code)).filter((symbol) => !missing.includes(symbol)), 'lo', 'low', 'er'];
  const vocab = Object.fromEntries(symbols.map((symbol, id) => [symbol, id]));
  return {
    tokenizer: {
      version: '1.0',
      added_tokens: [{ id: symbols.length, content: '<|end|>', single_word: false, lstrip: false, rstrip: false, normalized: false, special: true }],
      normalizer: null,
      pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
      model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, vocab, merges: ['l o', 'lo w', 'e r'] },
    },
    config: { eos_token: '<|end|>', pad_token: { content: '<|end|>' } },
  };
}

describe('jsonTokenizer', () => {
  const tokenizer = jsonTokenizer(files());

  it('merges as the file says', () => {
    const tokens = tokenizer.encode('lower slow').map((id) => tokenizer.token(id));
    expect(tokens).toEqual(['low', 'er', 'Ġ', 's', 'low']);
    expect(tokenizer.vocabSize).toBe(260);
    expect([tokenizer.pad, tokenizer.bos, tokenizer.eos, tokenizer.id('<|end|>'), tokenizer.id('nothing')]).toEqual([259, undefined, 259, 259, undefined]);
  });

  it('is exact both ways on any well-formed text, the empty one too', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    }), { seed: 1 });
    expect(tokenizer.decode(tokenizer.encode(' two  spaces , kept .'))).toBe(' two  spaces , kept .');
  });

  it('splits before it merges, by the pattern of Qwen2', () => {
    const merges = ["' m", 'Ġ y', '1 2', 'Ġ 1', 'm Ġ', 'Ġ !', '! !', 'Ċ Ċ'];
    const { tokenizer: plain } = files();
    const { model, ...rest } = plain as { model: { vocab: { [token: string]: number } } };
    const vocab = { ...model.vocab, ...Object.fromEntries(merges.map((merge, i) => [merge.replace(' ', ''), 300 + i])) };
    const Regex = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    const pre_tokenizer = { type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false }, { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }] };
    const qwen = jsonTokenizer({ tokenizer: { ...rest, normalizer: { type: 'NFC' }, pre_tokenizer, model: { ...model, vocab, merges } } });
    const text = "I'm 12 y!!\n\n !";
    // The pieces are I | 'm | blank | 1 | 2 | blank y | !! with both line breaks | blank !.
    expect(qwen.encode(text).map((id) => qwen.token(id))).toEqual(['I', "'m", 'Ġ', '1', '2', 'Ġy', '!!', 'ĊĊ', 'Ġ!']);
    expect(qwen.decode(qwen.encode(text))).toBe(text);
    expect(qwen.decode(qwen.encode('e\u0301'))).toBe('é');
  });

  it('leaves special tokens out or writes them', () => {
    const ids = tokenizer.encode('low<|end|>');
    expect(ids.at(-1)).toBe(259);
    expect(tokenizer.decode(ids)).toBe('low');
    expect(tokenizer.decode(ids, { special: true })).toBe('low<|end|>');
  });

  it('refuses what would be lost in silence', () => {
    const poor = jsonTokenizer(files(['x']));
    expect(poor.decode(poor.encode('low'))).toBe('low');
    expect(() => poor.encode('lox')).toThrow(/lacks symbols of "lox"/);
    expect(() => tokenizer.decode([5, 260])).toThrow(/id 260 at position 1 is not in the vocabulary of 260/);
    expect(() => jsonTokenizer({ tokenizer: {} })).toThrow(/not the content of a tokenizer.json/);
    expect(() => jsonTokenizer({ ...files(), config: { bos_token: '<s>' } })).toThrow(/bos_token is "<s>", which the vocabulary lacks/);
  });
});
