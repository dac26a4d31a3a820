import { describe, expect, it } from 'vitest';
import { Rng } from './rng.js';
import { restoreRng, snapshotRng } from './rngSnapshot.js';

describe('snapshotRng and restoreRng', () => {
  it('continue a stream exactly, through JSON', () => {
    const rng = Rng.fromSeed(2 ** 40 + 5);
    for (let i = 0; i < 7; i++) rng.nextUint32();
    const stored = JSON.parse(JSON.stringify(snapshotRng(rng)));
    const expected = Array.from({ length: 5 }, () => rng.nextUint32());
    const restored = restoreRng(stored);
    expect(Array.from({ length: 5 }, () => restored.nextUint32())).toEqual(expected);
  });

  it.each([{}, { key: [1], position: 0 }, { key: [1, 2], position: 'x' }, { key: [1, -2], position: 0 }])('refuse %j', (data) => {
    expect(() => restoreRng({ arrays: {}, data: data as never })).toThrow(/no random stream/);
  });
});
