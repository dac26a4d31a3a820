import type { Tree } from '../tree.js';
import { tf } from '../tf.js';
import { flattenArgument } from './flatten.js';
import { layoutOf } from './layout.js';
import { type AnyRank, type BufferArray, type HostTree, Packed } from './packed.js';

/**
 * Arrays on the host in the form that compiled functions take, without a copy: what is written into them later is seen by the calls that follow. For what the host
 * changes a little between calls, such as a cache.
 *
 *     const table = ndarray('float32', [1000, 16]);
 *     const packed = packInPlace<{ table: tf.Tensor }>({ table });
 *     table.data.set(row, 16 * i);
 *     await lookUp(packed, indices);
 *
 * @throws when something is not an array on the host of float32, int32 or uint8, or its number of elements is not that of its shape, naming its path.
 */
export function packInPlace<T>(arrays: HostTree<T>): Packed<AnyRank<T>> {
  const { layout: packed, leaves, streams } = flattenArgument(arrays as unknown as Tree, '');
  if (streams.length > 0) throw new Error('packInPlace: a random stream cannot be packed; hand it to the compiled function as an argument of its own');
  // Each array is a buffer of its own, so that none is copied to lie beside another.
  const layout = layoutOf(`apart ${packed.key}`, packed.skeleton, packed.leaves, -1);
  const buffers = leaves.map((leaf, i): BufferArray => {
    const { path, size } = layout.leaves[i];
    if (leaf instanceof tf.Tensor) throw new Error(`packInPlace: '${path}' is a tensor, whose memory cannot be shared; pack copies it`);
    if (leaf.data instanceof Float64Array) throw new Error(`packInPlace: '${path}' is a float64 array; compiled functions compute with float32`);
    if (leaf.data.length !== size) throw new Error(`packInPlace: '${path}' has ${leaf.data.length} elements, but the shape [${layout.leaves[i].shape.join(', ')}] holds ${size}`);
    return leaf.data;
  });
  return new Packed(layout, buffers);
}
