import { describe, expect, it } from 'vitest';
import { threefry2x32 } from './threefry.js';

function block(key: readonly [number, number], counter: readonly [number, number]): string[] {
  const out = new Uint32Array(2);
  threefry2x32(key[0], key[1], counter[0], counter[1], out);
  return [...out].map((word) => word.toString(16).padStart(8, '0'));
}

const ALL = 0xffffffff;

describe('threefry2x32', () => {
  // The first three: known-answer vectors of Random123 (threefry2x32, 20 rounds). The others: JAX 0.10.2, threefry_2x32.
  it.each([
    [[0, 0], [0, 0], ['6b200159', '99ba4efe']],
    [[ALL, ALL], [ALL, ALL], ['1cb996fc', 'bb002be7']],
    [[0x13198a2e, 0x03707344], [0x243f6a88, 0x85a308d3], ['c4923a9c', '483df7a0']],
    [[0, 0], [ALL, ALL], ['08a8003b', '75cb0abb']],
    [[ALL, ALL], [0, 0], ['413979c4', '4e58fb3f']],
    [[5, 7], [1, 0], ['9657aef2', '87b5bc48']],
  ] as const)('key %j, counter %j', (key, counter, expected) => {
    expect(block(key, counter)).toEqual(expected);
  });

  it('takes words as signed or unsigned', () => {
    expect(block([-1, -1], [-1, -1])).toEqual(['1cb996fc', 'bb002be7']);
  });
});
