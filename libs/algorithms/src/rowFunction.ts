import { compile, fromTensor, type HostBatch, ndarray, type NdArray, pack, type Packed, type Rng, tf, toTensor, type Tree } from '@rivulet/engine';

/** What the result for rows may depend on beside weights and observations. */
export interface RowContext {
  readonly rng: Rng;
  /** Scalar: environment steps taken so far, for schedules. */
  readonly step: tf.Tensor;
}

/** A record of arrays [N, ...] for observations [N, ...]. */
export type RowFunction<W extends Tree> = (weights: W, observation: NdArray, context?: { readonly rng: Rng; readonly step: number }) => Promise<HostBatch>;

/** A pure function of weights and observations [N, D], float32. */
type TensorFunction<W extends Tree> = (weights: W, observation: tf.Tensor, context: RowContext) => { readonly [field: string]: tf.Tensor };

/** A function over tensors as one over rows on the host: run as a compiled graph, or kernel by kernel. Without a context, it must not need one. */
export function rowFunction<W extends Tree>(f: TensorFunction<W>, options: { readonly compile: boolean }): RowFunction<W> {
  return options.compile ? compiled(f) : eager(f);
}

const flat = (rows: tf.Tensor): tf.Tensor => rows.reshape([rows.shape[0], -1]).toFloat();

function eager<W extends Tree>(f: TensorFunction<W>): RowFunction<W> {
  return async (weights, observation, context) => {
    const given = { ...context, step: context?.step ?? 0 } as { readonly rng: Rng; readonly step: number };
    // The rows are copied: the environment may overwrite them, and tensors may share their memory.
    const upload = (): tf.Tensor => toTensor({ ...observation, data: observation.data.slice() } as NdArray);
    const made = tf.tidy(() => f(weights, flat(upload()), { rng: given.rng, step: tf.scalar(given.step) }));
    const fields = await Promise.all(Object.entries(made).map(async ([name, tensor]) => [name, await fromTensor(tensor)] as const));
    tf.dispose(made);
    return Object.fromEntries(fields);
  };
}

function compiled<W extends Tree>(f: TensorFunction<W>): RowFunction<W> {
  const run = compile((weights: Tree, rows: tf.Tensor, context: RowContext) => f(weights as W, flat(rows), context));
  // Weights come as tensors and serve many calls: they are taken to the host once.
  let last: W | undefined;
  let packed: Packed<Tree> | undefined;
  return async (weights, observation, context) => {
    if (packed === undefined || weights !== last) packed = pack<Tree>(weights);
    last = weights;
    const made = await run(packed, observation, { rng: context?.rng as Rng, step: ndarray('float32', [], Float32Array.of(context?.step ?? 0)) });
    return Object.fromEntries(Object.entries(made).map(([name, field]) => [name, field.toHost()])) as HostBatch;
  };
}
