import { type AnyRank, type HostTree, ndarray, packInPlace, type Packed, sizeOf } from '@rivulet/engine';
import { type TransformerAddition, type TransformerCache, type TransformerForm, writeHostCache } from '@rivulet/networks';

/** Keys and values on the host, written in place between calls that read them. They take the same memory in every form, and calls read no more than the form. */
export interface TokenCache {
  /** The cache in its present form: what `extend` reads. */
  readonly packed: Packed<AnyRank<TransformerCache>>;
  /** The tokens of each row. */
  readonly count: Int32Array;
  /** Takes another form, with room for `width` tokens in each of `rows`: first the rows of before that are `kept`, then empty ones. A row that is kept stays where it is or comes from behind. */
  reform(rows: number, width: number, kept: readonly number[]): void;
  /** Writes new tokens; `from` as for {@link writeHostCache}. */
  write(addition: HostTree<TransformerAddition>, from?: readonly number[]): void;
}

/** A layer's keys or values: all its memory, and how much of it a form takes. */
interface Store {
  readonly data: Float32Array;
  readonly heads: number;
  readonly size: number;
}

/** Rows of a width close ranks: what row `kept[row]` holds goes to `row`. */
function close({ data, heads, size }: Store, kept: readonly number[], width: number): void {
  const each = heads * width * size;
  kept.forEach((from, row) => {
    if (from !== row) data.copyWithin(row * each, from * each, (from + 1) * each);
  });
}

/** The filled slots of rows of width `before` go to their places in rows of width `after`. */
function respace({ data, heads, size }: Store, count: Int32Array, before: number, after: number): void {
  const blocks = count.length * heads;
  for (let i = 0; i < blocks; i++) {
    // Upwards from the last, downwards from the first: nothing is written over before it has moved.
    const block = after > before ? blocks - 1 - i : i;
    const start = block * before * size;
    data.copyWithin(block * after * size, start, start + count[Math.floor(block / heads)] * size);
  }
}

/** A cache for at most `rows` sequences of at most `length` tokens, empty. */
export function tokenCache(form: TransformerForm, rows: number, length: number): TokenCache {
  const whole = sizeOf([rows, form.kvHeads, length, form.headDim]);
  const store = (): Store => ({ data: new Float32Array(whole), heads: form.kvHeads, size: form.headDim });
  const layers = Array.from({ length: form.layers }, () => ({ key: store(), value: store() }));
  const stores = layers.flatMap(({ key, value }) => [key, value]);

  const formed = (present: number, width: number, count: Int32Array): HostTree<TransformerCache> => {
    const shape = [present, form.kvHeads, width, form.headDim];
    const view = ({ data }: Store) => ndarray('float32', shape, data.subarray(0, sizeOf(shape)));
    return { layers: layers.map(({ key, value }) => ({ key: view(key), value: view(value) })), count: ndarray('int32', [present], count) };
  };

  let [host, width] = [formed(0, length, new Int32Array(0)), length];
  let packed = packInPlace<TransformerCache>(host);
  return {
    get packed() {
      return packed;
    },
    get count() {
      return host.count.data as Int32Array;
    },
    reform(present, next, kept) {
      const count = Int32Array.from({ length: present }, (_, row) => (row < kept.length ? host.count.data[kept[row]] : 0));
      for (const each of stores) {
        close(each, kept, width);
        if (next !== width) respace(each, count.subarray(0, kept.length), width, next);
      }
      [host, width] = [formed(present, next, count), next];
      packed = packInPlace<TransformerCache>(host);
    },
    write: (addition, from) => writeHostCache(host, addition, from),
  };
}
