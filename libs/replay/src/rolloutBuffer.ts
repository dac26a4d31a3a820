import { type HostBatch, type NdArray, ndarray, type Rng, sizeOf, type Snapshot, type TypedArray, typedArray } from '@rivulet/engine';
import { checkCount, fieldData, rowsOf, snapshotArray, snapshotCount } from './column.js';
import { copyBlock } from './copy.js';
import { hostBatch } from './hostBatch.js';
import type { BatchOf, Spec } from './spec.js';

const WHERE = 'rolloutBuffer';

/** The true last observations of truncated steps, stored sparsely. Views that the next `append` or `clear` invalidates. */
export interface FinalObservations {
  /** `[K]`: the row b * T + t of each truncated step, in the order of appending. */
  readonly indices: Int32Array;
  /** `[K, ...]`: what the policy would have seen next, to bootstrap from. */
  readonly observation: NdArray;
}

/** A segment of experience of B environment copies over T steps. */
export interface RolloutBuffer<S extends Spec = Spec> {
  readonly spec: S;
  /** B */
  readonly envs: number;
  /** T */
  readonly steps: number;
  /** Steps appended since the last `clear`. */
  readonly position: number;
  readonly full: boolean;
  /** [B, T, ...] a field, owned by the buffer. Steps from `position` on are unspecified. */
  readonly data: BatchOf<S>;
  readonly finals: FinalObservations;
  /**
   * Copies the fields [B, ...] of one step of all copies; allocates nothing (but for the rare growth of the list of final observations).
   * @param finalObservation [B, D] as a vector environment's step returns it; required as soon as a row is truncated and not terminated
   *   (only such rows are kept), if the spec has the fields `truncated` and `observation`.
   * @throws when the buffer is full, a field is missing or has another type or size, or a needed final observation is not given.
   */
  append(row: HostBatch, finalObservation?: TypedArray): void;
  /**
   * The rows 0 .. B*T-1 in random order, in blocks of `size`; the rest is a shorter block, or left out. The blocks are views that
   * the next call overwrites; {@link gatherRows} fills a minibatch from one.
   * @throws when the buffer is not full.
   */
  minibatches(rng: Rng, size: number, rest?: 'keep' | 'drop'): Int32Array[];
  /** Starts over; the memory is kept. */
  clear(): void;
  snapshot(): Snapshot;
  /** @throws when the snapshot does not fit, naming the entry. */
  restore(snapshot: Snapshot): void;
}

/**
 * On-policy storage, batch first: fields [B, T, ...] with B environment copies and T steps.
 *
 * @throws when envs or steps is not a positive integer.
 */
export function rolloutBuffer<S extends Spec>(options: { readonly spec: S; readonly envs: number; readonly steps: number }): RolloutBuffer<S> {
  const { spec } = options;
  const envs = checkCount(WHERE, 'envs', options.envs);
  const steps = checkCount(WHERE, 'steps', options.steps);
  const data = hostBatch(spec, [envs, steps]);
  const fields = Object.entries(spec).map(([name, { shape, dtype }]) => ({ name, dtype, shape, rowSize: sizeOf(shape), data: data[name].data }));
  const order = new Int32Array(envs * steps);
  const observed = spec.truncated === undefined ? undefined : fields.find(({ name }) => name === 'observation');
  let position = 0;
  let finalCount = 0;
  let finalIndices = new Int32Array(0);
  let finalRows: TypedArray = typedArray(observed?.dtype ?? 'float32', 0);

  const reserveFinals = (count: number): void => {
    if (observed === undefined || finalIndices.length >= count) return;
    const room = Math.max(count, 2 * finalIndices.length, envs);
    const [indices, rows] = [finalIndices, finalRows];
    finalIndices = new Int32Array(room);
    finalIndices.set(indices);
    finalRows = typedArray(observed.dtype, room * observed.rowSize);
    finalRows.set(rows);
  };

  const keepFinals = (row: HostBatch, finalObservation: TypedArray | undefined): void => {
    if (observed === undefined) return;
    const truncated = row.truncated.data;
    const terminated = row.terminated?.data;
    for (let env = 0; env < envs; env++) {
      if (truncated[env] === 0 || (terminated !== undefined && terminated[env] !== 0)) continue;
      if (finalObservation === undefined) throw new Error(`${WHERE}.append: row ${env} is truncated: pass the step's finalObservation, from which it bootstraps`);
      reserveFinals(finalCount + 1);
      finalIndices[finalCount] = env * steps + position;
      copyBlock(finalObservation, env * observed.rowSize, finalRows, finalCount * observed.rowSize, observed.rowSize);
      finalCount++;
    }
  };

  const check = (row: HostBatch, finalObservation: TypedArray | undefined): void => {
    if (position === steps) throw new Error(`${WHERE}.append: all ${steps} steps are filled: call clear() first`);
    const rows = rowsOf(`${WHERE}.append`, row);
    if (rows !== envs) throw new Error(`${WHERE}.append: a step needs ${envs} rows, got ${rows}`);
    for (const { name, dtype, rowSize } of fields) fieldData(`${WHERE}.append`, row, name, dtype, rowSize, envs);
    if (observed !== undefined && finalObservation !== undefined && finalObservation.length !== envs * observed.rowSize) {
      throw new Error(`${WHERE}.append: finalObservation must hold ${envs} rows of ${observed.rowSize}, got ${finalObservation.length} elements`);
    }
  };

  return {
    spec,
    envs,
    steps,
    data,
    get position() {
      return position;
    },
    get full() {
      return position === steps;
    },
    get finals() {
      const rowSize = observed?.rowSize ?? 0;
      const rows = finalRows.subarray(0, finalCount * rowSize);
      return {
        indices: finalIndices.subarray(0, finalCount),
        observation: ndarray(observed?.dtype ?? 'float32', [finalCount, ...(observed?.shape ?? [0])], rows as never),
      };
    },
    append(row, finalObservation) {
      check(row, finalObservation);
      keepFinals(row, finalObservation);
      for (const { name, rowSize, data: target } of fields) {
        const source = row[name].data;
        if (rowSize === 1) for (let env = 0; env < envs; env++) target[env * steps + position] = source[env];
        else for (let env = 0; env < envs; env++) copyBlock(source, env * rowSize, target, (env * steps + position) * rowSize, rowSize);
      }
      position++;
    },
    minibatches(rng, size, rest = 'keep') {
      checkCount(`${WHERE}.minibatches`, 'size', size);
      if (position !== steps) throw new Error(`${WHERE}.minibatches: ${position} of ${steps} steps are filled: fill the buffer first`);
      for (let i = 0; i < order.length; i++) order[i] = i;
      for (let i = order.length - 1; i > 0; i--) {
        const j = rng.nextInt(i + 1);
        const swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
      }
      const blocks: Int32Array[] = [];
      for (let from = 0; from < order.length; from += size) {
        if (from + size <= order.length || rest === 'keep') blocks.push(order.subarray(from, Math.min(from + size, order.length)));
      }
      return blocks;
    },
    clear() {
      position = 0;
      finalCount = 0;
    },
    snapshot() {
      const filled = (field: (typeof fields)[number]): NdArray => {
        const { dtype, shape, rowSize, data: source } = field;
        const copy = typedArray(dtype, envs * position * rowSize);
        for (let env = 0; env < envs; env++) copyBlock(source, env * steps * rowSize, copy, env * position * rowSize, position * rowSize);
        return ndarray(dtype, [envs, position, ...shape], copy as never);
      };
      const finals: { [path: string]: NdArray } =
        observed === undefined
          ? {}
          : {
              finalIndices: ndarray('int32', [finalCount], finalIndices.slice(0, finalCount)),
              finalObservation: ndarray(observed.dtype, [finalCount, ...observed.shape], finalRows.slice(0, finalCount * observed.rowSize) as never),
            };
      return { arrays: { ...Object.fromEntries(fields.map((field) => [`field/${field.name}`, filled(field)])), ...finals }, data: { envs, steps, position, finals: finalCount } };
    },
    restore(snapshot) {
      for (const [name, here] of [['envs', envs], ['steps', steps]] as const) {
        if (snapshot.data[name] !== here) throw new Error(`${WHERE}: the snapshot has ${name} ${String(snapshot.data[name])}, this buffer ${here}`);
      }
      const filled = snapshotCount(WHERE, snapshot, 'position', steps);
      const count = snapshotCount(WHERE, snapshot, 'finals');
      const sources = fields.map(({ name, dtype, rowSize }) => snapshotArray(WHERE, snapshot, `field/${name}`, dtype, envs * filled * rowSize));
      if (observed !== undefined) {
        const indices = snapshotArray(WHERE, snapshot, 'finalIndices', 'int32', count);
        const rows = snapshotArray(WHERE, snapshot, 'finalObservation', observed.dtype, count * observed.rowSize);
        reserveFinals(count);
        finalIndices.set(indices);
        finalRows.set(rows);
      }
      fields.forEach(({ rowSize, data: target }, i) => {
        for (let env = 0; env < envs; env++) copyBlock(sources[i], env * filled * rowSize, target, env * steps * rowSize, filled * rowSize);
      });
      position = filled;
      finalCount = count;
    },
  };
}
