import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charTokenizer } from './charTokenizer.js';
import { jsonTokenizer } from './jsonTokenizer.js';
import { tokenizerFiles } from './tokenizerFiles.js';
import { wordTokenizer } from './wordTokenizer.js';

const alphabet = " #+0123456789=ab\n\t'é😀";

describe('tokenizerFiles', () => {
  it.each([false, true])('gives the same ids and texts when it is read again (unknown: %s)', (unknown) => {
    const own = charTokenizer(alphabet, { unknown });
    // Through JSON, as files are.
    const read = jsonTokenizer(JSON.parse(JSON.stringify(tokenizerFiles(own))) as ReturnType<typeof tokenizerFiles>);
    expect([read.vocabSize, read.pad, read.bos, read.eos]).toEqual([own.vocabSize, own.pad, own.bos, own.eos]);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...alphabet)).map((symbols) => symbols.join('')), (text) => {
        const ids = own.encode(text);
        expect(read.encode(text)).toEqual(ids);
        expect(read.decode([own.bos, ...ids, own.eos, own.pad])).toBe(text);
      }),
    );
    if (unknown) expect(read.encode('aXb')).toEqual(own.encode('aXb'));
    else expect(() => read.encode('aXb')).toThrow(/lacks symbols/);
  });

  it('refuses words, whose cuts such a file could not tell', () => {
    expect(() => tokenizerFiles(wordTokenizer('one two'))).toThrow(/the symbol " two" has several characters/);
  });
});
