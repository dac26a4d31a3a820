import { describe, expect, it } from 'vitest';
import { leb } from './leb.js';

describe('leb', () => {
  it('writes the examples of the DWARF 4 standard, figures 22 and 23', () => {
    expect([2, 127, 128, 129, 12857].map((n) => leb(n))).toEqual([[2], [0x7f], [0x80, 1], [0x81, 1], [0x39 + 0x80, 100]]);
    expect([2, -2, 127, -127, 128, -128, 129, -129].map((n) => leb(n, true))).toEqual([
      [2],
      [0x7e],
      [0xff, 0],
      [0x81, 0x7f],
      [0x80, 1],
      [0x80, 0x7f],
      [0x81, 1],
      [0xff, 0x7e],
    ]);
  });

  it('writes the ends of int32', () => {
    expect(leb(0)).toEqual([0]);
    expect(leb(0xffffffff)).toEqual([0xff, 0xff, 0xff, 0xff, 0x0f]);
    expect(leb(-2147483648, true)).toEqual([0x80, 0x80, 0x80, 0x80, 0x78]);
    expect(leb(2147483647, true)).toEqual([0xff, 0xff, 0xff, 0xff, 0x07]);
  });
});
