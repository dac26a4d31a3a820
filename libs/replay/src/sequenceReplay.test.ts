import { ndarray, Rng } from '@rivulet/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sequenceReplay } from './sequenceReplay.js';

const spec = {
  id: { shape: [], dtype: 'int32' },
  observation: { shape: [2], dtype: 'float32' },
  state: { shape: [], dtype: 'float32' },
  terminated: { shape: [], dtype: 'uint8' },
  truncated: { shape: [], dtype: 'uint8' },
} as const;

const ID = 10_000;

/** Step t of every copy: id = copy * 10000 + t + 1. */
function step(t: number, ends: readonly number[]) {
  const ids = ends.map((_, copy) => copy * ID + t + 1);
  return {
    id: ndarray('int32', [ends.length], Int32Array.from(ids)),
    observation: ndarray('float32', [ends.length, 2], Float32Array.from(ids.flatMap((id) => [id, -id]))),
    state: ndarray('float32', [ends.length], Float32Array.from(ids)),
    terminated: ndarray('uint8', [ends.length], Uint8Array.from(ends, (end) => Number(end === 1))),
    truncated: ndarray('uint8', [ends.length], Uint8Array.from(ends, (end) => Number(end === 2))),
  };
}

/** Every chunk that may be drawn, by the definition: the ids of its steps, padded with 0. */
function allChunks(ends: readonly (readonly number[])[], rows: number, length: number, burnIn: number): string[] {
  return ends.flatMap((copyEnds, copy) => {
    const first = Math.max(0, copyEnds.length - rows);
    return copyEnds.flatMap((_, t) => {
      if (t < first) return [];
      const end = copyEnds.findIndex((e, i) => i >= t && e > 0);
      const steps = Math.min(length, (end < 0 ? copyEnds.length : end + 1) - t);
      if (steps < length && (end < 0 || steps <= burnIn)) return [];
      return [Array.from({ length }, (__, j) => (j < steps ? copy * ID + t + j + 1 : 0)).join(' ')];
    });
  });
}

describe('sequenceReplay', () => {
  it('draws exactly the chunks of the definition, for any episode ends and wrap-around, also after restoring', () => {
    const trajectories = fc.integer({ min: 0, max: 30 }).chain((steps) => fc.array(fc.array(fc.constantFrom(0, 0, 0, 0, 1, 2), { minLength: steps, maxLength: steps }), { minLength: 1, maxLength: 2 }));
    fc.assert(
      fc.property(trajectories, fc.integer({ min: 1, max: 4 }), fc.nat({ max: 3 }), fc.nat({ max: 9 }), fc.boolean(), (ends, length, burn, spare, restored) => {
        const burnIn = Math.min(burn, length - 1);
        const rows = length + spare;
        const options = { spec, capacity: rows * ends.length, envs: ends.length, length, burnIn, initial: ['state'] } as const;
        let buffer = sequenceReplay(options);
        for (let t = 0; t < ends[0].length; t++) {
          buffer.add(step(t, ends.map((copy) => copy[t])));
          if (restored && t === 12) {
            const other = sequenceReplay(options);
            other.add(step(500, ends.map(() => 1)));
            other.restore(buffer.snapshot());
            buffer = other;
          }
        }
        const expected = allChunks(ends, rows, length, burnIn);
        expect(buffer.chunks).toBe(expected.length);
        expect(buffer.size).toBe(ends.length * Math.min(rows, ends[0].length));
        if (expected.length === 0) return;
        const rng = Rng.fromSeed(4);
        const seen = new Set<string>();
        for (let call = 0; call < 8; call++) {
          const { batch, mask, lossMask, indices } = buffer.sample(rng, 16);
          for (let k = 0; k < indices.length; k++) {
            const ids = Array.from(batch.id.data.subarray(k * length, (k + 1) * length));
            seen.add(ids.join(' '));
            expect(expected).toContain(ids.join(' '));
            const slice = (array: ArrayLike<number>, width = 1) => Array.from(array).slice(k * length * width, (k + 1) * length * width);
            expect([
              batch.state.data[k],
              slice(batch.observation.data, 2),
              slice(mask),
              slice(lossMask),
            ]).toEqual([ids[0], ids.flatMap((id) => [id, id === 0 ? 0 : -id]), ids.map((id) => Number(id > 0)), ids.map((id, j) => Number(id > 0 && j >= burnIn))]);
          }
        }
        if (expected.length <= 8) expect(seen.size).toBe(expected.length);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('continues with the same bits after snapshot and restore, and reuses its arrays', () => {
    const make = () => sequenceReplay({ spec, capacity: 20, envs: 2, length: 3 });
    const feed = (buffer: ReturnType<typeof make>, from: number, to: number) => {
      for (let t = from; t < to; t++) buffer.add(step(t, [t % 5 === 4 ? 1 : 0, t % 7 === 6 ? 2 : 0]));
    };
    const whole = make();
    feed(whole, 0, 17);
    const resumed = make();
    resumed.restore(whole.snapshot());
    for (const buffer of [whole, resumed]) feed(buffer, 17, 23);
    const a = whole.sample(Rng.fromSeed(1), 8);
    expect(resumed.sample(Rng.fromSeed(1), 8)).toEqual(a);
    expect(whole.sample(Rng.fromSeed(2), 8)).toBe(a);
    expect(a.batch.state.shape).toEqual([8, 3]);
  });

  it('skips masked rows without ending their episode', () => {
    const buffer = sequenceReplay({ spec, capacity: 4, length: 2 });
    buffer.add(step(0, [0]));
    buffer.add(step(1, [1]), Uint8Array.of(0));
    buffer.add(step(2, [0]));
    expect(Array.from(buffer.sample(Rng.fromSeed(0), 1).batch.id.data)).toEqual([1, 3]);
  });

  it('says what is wrong', () => {
    expect(() => sequenceReplay({ spec, capacity: 8, envs: 3, length: 3 })).toThrow('gives each of 3 copies 2 rows');
    expect(() => sequenceReplay({ spec, capacity: 8, length: 3, burnIn: 3 })).toThrow('burnIn must be less than');
    const buffer = sequenceReplay({ spec, capacity: 8, length: 3 });
    expect(() => buffer.sample(Rng.fromSeed(0), 1)).toThrow('no chunk of 3 steps');
    expect(() => buffer.add(step(0, [0, 0]))).toThrow('one row for each of the 1');
    buffer.add(step(0, [1]));
    expect(() => sequenceReplay({ spec, capacity: 8, length: 2 }).restore(buffer.snapshot())).toThrow('the snapshot has length 3, this buffer 2');
  });
});
