import { type NdArray, sizeOf } from '../ndarray.js';
import { tf } from '../tf.js';
import type { Tree } from '../tree.js';
import type { ElementType } from './graph.js';
import { build, type Layout } from './layout.js';

/** What buffers of compiled functions are made of. */
export type BufferArray = Float32Array | Int32Array | Uint8Array;

/** Any tree of arrays on the host. */
export type AnyHostTree = NdArray | { readonly [key: string]: AnyHostTree } | readonly AnyHostTree[];

/** A tree with arrays on the host in the place of tensors. Truth values are uint8. */
export type HostTree<T> = [Tree] extends [T] ? AnyHostTree : T extends tf.Tensor ? NdArray : { readonly [K in keyof T]: HostTree<T[K]> };

/** A tree whose tensors may have any rank: what runs compiled knows shapes, but the types do not. */
export type AnyRank<T> = [Tree] extends [T] ? Tree : T extends tf.Tensor ? tf.Tensor : { readonly [K in keyof T]: AnyRank<T[K]> };

/** A packed tree of whatever form. */
export interface AnyPacked {
  readonly layout: Layout;
  readonly buffers: readonly BufferArray[];
}

export function newBuffer(dtype: ElementType, size: number): BufferArray {
  return dtype === 'float32' ? new Float32Array(size) : dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
}

/**
 * A tree of tensors on the host, in the form in which compiled functions take and give it: a few flat buffers. Handed from one call to the next it costs
 * nothing, neither copies nor tensors of TensorFlow.js. Immutable by convention: views share its memory. It needs no disposing.
 */
export class Packed<T = unknown> implements AnyPacked {
  /** For the types only: which tree this is, with tensors of any rank. */
  declare readonly type?: HostTree<T>;

  constructor(
    readonly layout: Layout,
    readonly buffers: readonly BufferArray[],
  ) {}

  #view(leaf: number): { readonly data: BufferArray; readonly shape: readonly number[]; readonly dtype: ElementType } {
    const { buffer, offset, size, shape, dtype } = this.layout.leaves[leaf];
    return { data: this.buffers[buffer].subarray(offset, offset + size), shape, dtype };
  }

  /** Arrays that share the memory of this. Numbers of `bool` leaves are 0 or 1. */
  toHost(): HostTree<T> {
    const array = (leaf: number): NdArray => {
      const { data, shape, dtype } = this.#view(leaf);
      return { data, shape, dtype: dtype === 'bool' ? 'uint8' : dtype } as NdArray;
    };
    return build(this.layout.skeleton, array) as HostTree<T>;
  }

  /**
   * Tensors of the current backend, with copies of the elements. The caller disposes them.
   * @param streamOf what to put in the place of random streams; only arguments of compiled functions have any.
   */
  toTensors(streamOf?: (stream: number) => unknown): AnyRank<T> {
    const tensor = (leaf: number): tf.Tensor => {
      const { data, shape, dtype } = this.#view(leaf);
      return tf.tensor(data.slice(), [...shape], dtype === 'uint8' ? 'int32' : (dtype as tf.DataType));
    };
    return build(this.layout.skeleton, tensor, streamOf) as AnyRank<T>;
  }

  /**
   * Scalars as numbers, by path: `{ policyLoss: 0.1, 'entropy/mean': 1.2 }`.
   * @throws when a leaf has more than one element.
   */
  toNumbers(): { [path: string]: number } {
    return Object.fromEntries(
      this.layout.leaves.map(({ path, shape, buffer, offset }) => {
        if (sizeOf(shape) !== 1) throw new Error(`Packed.toNumbers: '${path}' has the shape [${shape.join(', ')}], not one element`);
        return [path, this.buffers[buffer][offset]];
      }),
    );
  }
  /** The mean of each leaf, by path: metrics that a loop has stacked. */
  toMeans(): { [path: string]: number } {
    return Object.fromEntries(
      this.layout.leaves.map(({ path, buffer, offset, size }) => {
        let sum = 0;
        for (let i = offset; i < offset + size; i++) sum += this.buffers[buffer][i];
        return [path, sum / size];
      }),
    );
  }
}
