import type { Rng } from '../rng.js';
import { tf } from '../tf.js';
import { buffersOf, flattenArgument, type Flat } from './flatten.js';
import { newBuffer, Packed } from './packed.js';
import { type Fn, resultFields } from './program.js';

/** Which stream stands at a place of an argument. */
export type StreamOf = (argument: number, stream: number) => Rng;

/** Arguments as tensors of the current backend. */
function eagerArguments(flats: readonly Flat[], streamOf: StreamOf): unknown[] {
  return flats.map((flat, argument) => new Packed(flat.layout, buffersOf(flat)).toTensors((stream) => streamOf(argument, stream)));
}

/** Lets the tensors of a result survive the `tf.tidy` around the function. */
function keepTensors(tree: unknown): void {
  if (tree instanceof tf.Tensor) tf.keep(tree);
  else if (typeof tree === 'object' && tree !== null) Object.values(tree).forEach(keepTensors);
}

/** Runs the function itself, on the current backend. */
export async function runEagerly(fn: Fn, flats: readonly Flat[], streamOf: StreamOf): Promise<{ [name: string]: Packed }> {
  const fields: [string, unknown][] = [];
  tf.tidy(() => {
    for (const [name, tree] of resultFields(fn(...(eagerArguments(flats, streamOf) as never[])))) {
      keepTensors(tree);
      fields.push([name, tree]);
    }
  });
  const packed: { [name: string]: Packed } = {};
  for (const [name, tree] of fields) {
    const flat = flattenArgument(tree, name);
    const arrays = await Promise.all(flat.leaves.map((leaf) => (leaf as tf.Tensor).data()));
    const buffers = flat.layout.buffers.map(({ dtype, size }) => newBuffer(dtype, size));
    flat.layout.leaves.forEach(({ buffer, offset }, i) => buffers[buffer].set(arrays[i] as Float32Array, offset));
    packed[name] = new Packed(flat.layout, buffers);
  }
  tf.dispose(fields.map(([, tree]) => tree) as tf.TensorContainer);
  return packed;
}
