import { type HostBatch, ndarray, Rng } from '@rivulet/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nStepWriter } from './nStepWriter.js';
import { prioritizedSampler } from './prioritizedSampler.js';
import { replayBuffer, type ReplayBuffer } from './replayBuffer.js';

const spec = {
  observation: { shape: [2], dtype: 'float32' },
  action: { shape: [], dtype: 'int32' },
  reward: { shape: [], dtype: 'float64' },
  terminated: { shape: [], dtype: 'uint8' },
} as const;

/** Rows that can be told apart: row i of the stream holds only functions of i. */
function rowsFrom(start: number, count: number): HostBatch {
  const ids = Array.from({ length: count }, (_, i) => start + i);
  return {
    observation: ndarray('float32', [count, 2], Float32Array.from(ids.flatMap((id) => [id, -id]))),
    action: ndarray('int32', [count], Int32Array.from(ids)),
    reward: ndarray('float64', [count], Float64Array.from(ids, (id) => id / 3)),
    terminated: ndarray('uint8', [count], Uint8Array.from(ids, (id) => id % 2)),
  };
}

/** The ids of the stored rows, oldest first, checked to be consistent in all fields. */
function storedIds(buffer: ReplayBuffer): number[] {
  const { arrays, data } = buffer.snapshot();
  const ids = Array.from(arrays['storage/field/action'].data);
  ids.forEach((id, i) => {
    expect(arrays['storage/field/observation'].data[2 * i]).toBe(id);
    expect(arrays['storage/field/observation'].data[2 * i + 1]).toBe(-id);
    expect(arrays['storage/field/reward'].data[i]).toBe(id / 3);
    expect(arrays['storage/field/terminated'].data[i]).toBe(id % 2);
  });
  const { size, cursor, capacity } = data.storage as { size: number; cursor: number; capacity: number };
  return size < capacity ? ids : [...ids.slice(cursor), ...ids.slice(0, cursor)];
}

describe('replayBuffer', () => {
  it('holds what a naive array holds, for any order of adding, masking and restoring', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), mask: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }), masked: fc.boolean() }),
      fc.record({ kind: fc.constant('restore' as const) }),
      fc.record({ kind: fc.constant('sample' as const), n: fc.integer({ min: 1, max: 5 }) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.array(action, { maxLength: 12 }), (capacity, actions) => {
        let buffer = replayBuffer({ spec, capacity });
        let naive: number[] = [];
        let next = 1;
        const rng = Rng.fromSeed(1);
        for (const step of actions) {
          if (step.kind === 'add') {
            const mask = step.masked ? Uint8Array.from(step.mask, Number) : undefined;
            buffer.add(rowsFrom(next, step.mask.length), mask);
            step.mask.forEach((kept, i) => {
              if (mask === undefined || kept) naive.push(next + i);
            });
            naive = naive.slice(-capacity);
            next += step.mask.length;
          } else if (step.kind === 'restore') {
            const other = replayBuffer({ spec, capacity });
            other.add(rowsFrom(1000, 3));
            other.restore(buffer.snapshot());
            buffer = other;
          } else if (naive.length > 0) {
            const { batch, indices } = buffer.sample(rng, step.n);
            for (let k = 0; k < step.n; k++) {
              const id = batch.action.data[k];
              expect(naive).toContain(id);
              expect(batch.observation.data[2 * k + 1]).toBe(-id);
              expect(batch.reward.data[k]).toBe(id / 3);
              expect(buffer.snapshot().arrays['storage/field/action'].data[indices[k]]).toBe(id);
            }
          }
          expect(buffer.size).toBe(naive.length);
          expect(storedIds(buffer)).toEqual(naive);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('draws uniformly by default: chi-square over 8 rows', () => {
    const buffer = replayBuffer({ spec, capacity: 8 });
    buffer.add(rowsFrom(0, 8));
    const counts = new Float64Array(8);
    const rng = Rng.fromSeed(3);
    for (let call = 0; call < 500; call++) for (const index of buffer.sample(rng, 16).indices) counts[index]++;
    const chi = counts.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chi).toBeLessThan(24.3); // 0.999 quantile of chi-square with 7 degrees of freedom
    expect(chi).toBeGreaterThan(0);
  });

  it('reuses its arrays while n stays the same', () => {
    const buffer = replayBuffer({ spec, capacity: 8, sampler: prioritizedSampler() });
    buffer.add(rowsFrom(0, 8));
    const rng = Rng.fromSeed(3);
    const first = buffer.sample(rng, 4);
    const second = buffer.sample(rng, 4);
    expect(second).toBe(first);
    expect(second.batch.observation.data).toBe(first.batch.observation.data);
    expect(buffer.sample(rng, 5).indices.length).toBe(5);
  });

  it('has weights only with a sampler that weighs', () => {
    const plain = replayBuffer({ spec, capacity: 4 });
    plain.add(rowsFrom(0, 4));
    expect(plain.sample(Rng.fromSeed(0), 2)).not.toHaveProperty('weights');
    plain.update(Int32Array.of(0), [1]);
    const weighted = replayBuffer({ spec, capacity: 4, sampler: prioritizedSampler() });
    weighted.add(rowsFrom(0, 4));
    expect(weighted.sample(Rng.fromSeed(0), 2).weights).toEqual(Float32Array.of(1, 1));
  });

  it('draws the same bits after the same seed, and after snapshot and restore', () => {
    const make = () => replayBuffer({ spec: { ...spec, discount: { shape: [], dtype: 'float32' } }, capacity: 10, envs: 3, sampler: prioritizedSampler({ alpha: 0.7, beta: { at: (draw) => Math.min(1, 0.4 + draw / 10) } }), writer: nStepWriter({ n: 3, discount: 0.9 }) });
    const feed = (buffer: ReturnType<typeof make>, from: number, to: number) => {
      for (let t = from; t < to; t++) buffer.add({ ...rowsFrom(3 * t, 3), terminated: ndarray('uint8', [3]), truncated: ndarray('uint8', [3], Uint8Array.of(0, t % 4 === 3 ? 1 : 0, 0)) });
    };
    const draw = (buffer: ReturnType<typeof make>, rng: Rng, calls: number) =>
      Array.from({ length: calls }, () => {
        const { batch, indices, weights } = buffer.sample(rng, 4);
        buffer.update(indices, indices.map((index) => index % 5));
        return [Array.from(indices), Array.from(weights ?? []), Array.from(batch.reward.data), Array.from(batch.discount.data)];
      });
    const whole = make();
    feed(whole, 0, 7);
    const rng = Rng.fromSeed(11);
    draw(whole, rng, 3);
    const [snapshot, state] = [whole.snapshot(), rng.state()];
    feed(whole, 7, 10);
    const expected = draw(whole, rng, 5);

    const resumed = make();
    resumed.restore(snapshot);
    feed(resumed, 7, 10);
    expect(draw(resumed, Rng.fromState(state), 5)).toEqual(expected);
    expect(resumed.snapshot()).toEqual(whole.snapshot());
  });

  it('snapshots only the filled part, as a copy', () => {
    const buffer = replayBuffer({ spec, capacity: 1000 });
    buffer.add(rowsFrom(1, 2));
    const { arrays } = buffer.snapshot();
    expect(arrays['storage/field/observation'].shape).toEqual([2, 2]);
    buffer.add(rowsFrom(5, 1));
    buffer.restore(buffer.snapshot());
    expect(Array.from(arrays['storage/field/action'].data)).toEqual([1, 2]);
  });

  it('narrows float64 to float32, and ignores fields outside the spec', () => {
    const buffer = replayBuffer({ spec: { reward: { shape: [], dtype: 'float32' } }, capacity: 2 });
    buffer.add({ reward: ndarray('float64', [1], Float64Array.of(0.1)), other: ndarray('int32', [1]) });
    expect(buffer.sample(Rng.fromSeed(0), 1).batch.reward.data[0]).toBe(Math.fround(0.1));
  });

  it('says what is wrong', () => {
    const buffer = replayBuffer({ spec, capacity: 4 });
    const { observation, reward, terminated } = rowsFrom(0, 2);
    expect(() => buffer.sample(Rng.fromSeed(0), 1)).toThrow('nothing is stored');
    expect(() => buffer.add({ observation, reward, terminated })).toThrow("the field 'action' is missing");
    expect(() => buffer.add({ ...rowsFrom(0, 2), action: ndarray('float32', [2]) })).toThrow("'action' must be int32, got float32");
    expect(() => buffer.add({ ...rowsFrom(0, 2), reward: ndarray('float64', [3]) })).toThrow("'reward' must hold 2 rows");
    expect(() => buffer.add(rowsFrom(0, 2), new Uint8Array(3))).toThrow('mask must have 2');
    expect(buffer.size).toBe(0);
    expect(() => replayBuffer({ spec, capacity: 0 })).toThrow('capacity');
    buffer.add(rowsFrom(0, 2));
    expect(() => replayBuffer({ spec, capacity: 5 }).restore(buffer.snapshot())).toThrow('capacity 4, this buffer 5');
    expect(() => replayBuffer({ spec: { ...spec, extra: { shape: [], dtype: 'int32' } }, capacity: 4 }).restore(buffer.snapshot())).toThrow("'field/extra'");
    expect(() => buffer.sample(Rng.fromSeed(0), 0)).toThrow('n must be an integer of at least 1');
  });
});
