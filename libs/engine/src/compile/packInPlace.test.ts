import { beforeAll, describe, expect, it } from 'vitest';
import { type NdArray, ndarray } from '../ndarray.js';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import { compile } from './compile.js';
import { packInPlace } from './packInPlace.js';
import type { HostTree } from './packed.js';

interface Table {
  readonly rows: tf.Tensor;
  readonly count: tf.Tensor;
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const read = (table: Table) => ({ sums: table.rows.sum(1), next: table.count.add(1) });

describe('packInPlace', () => {
  it.each([['compiled', false], ['eager', true]])('shares the memory of arrays and of their parts, %s', async (_, eager) => {
    const memory = Float32Array.from({ length: 12 }, (_each, i) => i);
    const arrays: HostTree<Table> = { rows: ndarray('float32', [2, 3], memory.subarray(3, 9)), count: ndarray('int32', [2]) };
    const packed = packInPlace<Table>(arrays);
    const f = compile(read, { eager });
    const first = await f(packed);
    expect([...first.sums.toHost().data]).toEqual([12, 21]);
    expect([...first.next.toHost().data]).toEqual([1, 1]);
    memory.fill(2, 6);
    arrays.count.data[1] = 5;
    const second = await f(packed);
    expect([...second.sums.toHost().data]).toEqual([12, 6]);
    expect([...second.next.toHost().data]).toEqual([1, 6]);
    expect((packed.toHost() as unknown as { rows: NdArray }).rows.data.buffer).toBe(memory.buffer);
    expect(f.forms).toHaveLength(1);
    await f.dispose();
  });

  it('says what cannot be shared', () => {
    const rows = ndarray('float32', [2, 3]);
    expect(() => packInPlace({ a: { b: tf.ones([2]) } } as never)).toThrow("packInPlace: 'a/b' is a tensor");
    expect(() => packInPlace<Pick<Table, 'rows'>>({ rows: ndarray('float64', [2]) })).toThrow("packInPlace: 'rows' is a float64 array");
    expect(() => packInPlace<Pick<Table, 'rows'>>({ rows: { ...rows, shape: [2, 2] } })).toThrow("packInPlace: 'rows' has 6 elements, but the shape [2, 2] holds 4");
    expect(() => packInPlace({ rows, rng: Rng.fromSeed(1) } as never)).toThrow('packInPlace: a random stream cannot be packed');
  });
});
