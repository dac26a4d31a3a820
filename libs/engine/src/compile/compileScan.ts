import { type AnyFeed, type Compiled, compiledBy, type CompileOptions, type Feed, type Kind, type PackedFields } from './compiled.js';
import { runEagerly, type StreamOf } from './eager.js';
import { buffersOf, flattenArgument, type Flat } from './flatten.js';
import { build } from './layout.js';
import { type AnyPacked, type BufferArray, newBuffer, Packed } from './packed.js';
import { type Fn, traceScan } from './program.js';
import type { NdArray } from '../ndarray.js';
import type { tf } from '../tf.js';
import type { Tree } from '../tree.js';

/** A tree whose tensors or arrays have the turns as their first axis. */
export type Stacked<T> = [Tree] extends [T] ? AnyFeed : T extends tf.Tensor ? tf.Tensor | NdArray : { readonly [K in keyof T]: Stacked<T[K]> };

/** A function that repeats another over the first axis of its second argument. */
export interface CompiledScan<S, B, A extends readonly unknown[], R> extends Omit<Compiled<[S, B, ...A], R>, never> {
  (state: Feed<S>, batches: Stacked<B> | AnyPacked, ...shared: { [I in keyof A]: Feed<A[I]> }): Promise<PackedFields<R>>;
}

/** The part of a stacked argument that belongs to a turn. */
function atTurn({ layout }: Flat, buffers: readonly BufferArray[], turn: number): unknown {
  return build(layout.skeleton, (leaf) => {
    const { buffer, offset, size, shape, dtype } = layout.leaves[leaf];
    const each = size / shape[0];
    return { data: buffers[buffer].subarray(offset + turn * each, offset + (turn + 1) * each), shape: shape.slice(1), dtype };
  });
}

/** Puts the results of turns one after another. */
function stack(name: string, results: readonly Packed[]): Packed {
  const { layout } = results[0];
  const tree = build(layout.skeleton, (leaf) => {
    const { buffer, offset, size, shape, dtype } = layout.leaves[leaf];
    const data = newBuffer(dtype, size * results.length);
    results.forEach((each, turn) => data.set(each.buffers[buffer].subarray(offset, offset + size), turn * size));
    return { data, shape: [results.length, ...shape], dtype };
  });
  const flat = flattenArgument(tree, name);
  return new Packed(flat.layout, buffersOf(flat));
}

/** The loop itself, turn by turn on the current backend. */
async function scanEagerly(fn: Fn, flats: readonly Flat[], streamOf: StreamOf): Promise<{ [name: string]: Packed }> {
  const [state, batches, ...shared] = flats;
  const buffers = buffersOf(batches);
  const turns = batches.layout.leaves[0].shape[0];
  const results: { [name: string]: Packed }[] = [];
  let next = state;
  for (let turn = 0; turn < turns; turn++) {
    const result = await runEagerly(fn, [next, flattenArgument(atTurn(batches, buffers, turn), 'batch'), ...shared], streamOf);
    results.push(result);
    next = flattenArgument(result.state, 'state');
  }
  const names = Object.keys(results[0]);
  return Object.fromEntries(names.map((name) => [name, name === 'state' ? results[turns - 1].state : stack(name, results.map((result) => result[name]))]));
}

/**
 * Compiles a whole phase of updates as one run of one graph, an ONNX `Loop`: state ← fn(state, batchₖ, ...shared).state for k = 0..K-1. It costs about half as much
 * as K calls of the compiled function, and is one wait.
 *
 *     const learn = compileScan((state, batch, rng: Rng) => ({ state: next, metrics: { loss } }));
 *     const { state, metrics } = await learn(packed, batches, rng);   // batches: tensors or arrays [K, ...]
 *     metrics.toMeans().loss;
 *
 * - The second argument is cut along its first axis; the others are the same in every turn. To draw minibatches from one rollout, hand the rollout on as shared and
 *   row numbers `[K, B]` as batches: `tf.gather(rollout.observation, rows)` then runs inside the loop.
 * - Random streams draw turn by turn, exactly as K calls would.
 * - The field `state` of the result is that of the last turn; every other field is stacked, `[K, ...]`.
 *
 * Everything else is as for {@link compile}.
 *
 * @throws (the call) when the state that comes out has not the form of the one that went in, or the batches do not agree in K.
 */
export function compileScan<S, B, A extends readonly unknown[], R extends { readonly state: object }>(fn: (state: S, batch: B, ...shared: A) => R, options: CompileOptions = {}): CompiledScan<S, B, A, R> {
  const name = fn.name === '' ? 'a function' : fn.name;
  const inner = fn as unknown as Fn;
  const kind: Kind = { trace: (layouts, device) => traceScan(inner, layouts, device), eager: (flats, streamOf) => scanEagerly(inner, flats, streamOf) };
  return compiledBy(name, kind, options) as unknown as CompiledScan<S, B, A, R>;
}
