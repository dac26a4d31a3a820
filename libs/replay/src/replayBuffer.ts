import { type HostBatch, joinSnapshots, type Rng, type Snapshot, snapshotPart } from '@rivulet/engine';
import { checkCount, columnArrays, columnsOf, restoreColumns, rowsOf, snapshotCount } from './column.js';
import { gatherBlocks } from './copy.js';
import { hostBatch } from './hostBatch.js';
import { ringWriter } from './ringWriter.js';
import type { SamplerFactory } from './sampler.js';
import type { BatchOf, Spec } from './spec.js';
import { uniformSampler } from './uniformSampler.js';
import type { WriterFactory } from './writer.js';

const WHERE = 'replayBuffer';

/** Rows drawn from a buffer. The arrays belong to the buffer and are overwritten by its next `sample`. */
export interface Sample<S extends Spec = Spec> {
  /** [n, ...] */
  readonly batch: BatchOf<S>;
  /** `[n]`: the slots of the rows, for `update`. */
  readonly indices: Int32Array;
  /** `[n]`: importance weights in (0, 1], when the sampler has any. */
  readonly weights?: Float32Array;
}

/** Stored rows that can be drawn again and again. */
export interface ReplayBuffer<S extends Spec = Spec> {
  readonly spec: S;
  readonly capacity: number;
  /** Rows stored now. */
  readonly size: number;
  /**
   * Adds N rows: fields [N, ...]. The arrays are copied.
   * @param mask [N]: rows with 0 are skipped (for instance the resetting step of a `nextStep` vector environment).
   * @throws when a field is missing or has another type or size.
   */
  add(batch: HostBatch, mask?: Uint8Array): void;
  /**
   * Draws n rows, with replacement. The returned arrays are reused while n stays the same.
   * @throws when nothing is stored.
   */
  sample(rng: Rng, n: number): Sample<S>;
  /** New priorities of drawn rows; ignored by samplers without priorities. */
  update(indices: Int32Array, priorities: ArrayLike<number>): void;
  /** A copy of the filled rows and of everything needed to continue exactly. */
  snapshot(): Snapshot;
  /** @throws when the snapshot does not fit, naming the entry. */
  restore(snapshot: Snapshot): void;
}

/**
 * A replay buffer on typed arrays, put together from storage (a ring of `capacity` rows), a sampler (who is drawn) and a writer (what is stored).
 * Field names are free; the standard ones are observation, action, reward, nextObservation, terminated and truncated (kept apart), and the
 * derived discount = γ (1 − terminated), which {@link nStepWriter} computes.
 *
 * @param options.spec shape and element type of every stored field
 * @param options.capacity rows; when full, the oldest is overwritten
 * @param options.envs environment copies that write side by side, for writers that fold over time; default 1
 * @param options.sampler default {@link uniformSampler}
 * @param options.writer default {@link ringWriter}
 * @throws when capacity or envs is not a positive integer, or when the writer needs fields that the spec lacks.
 */
export function replayBuffer<S extends Spec>(options: {
  readonly spec: S;
  readonly capacity: number;
  readonly envs?: number;
  readonly sampler?: SamplerFactory;
  readonly writer?: WriterFactory;
}): ReplayBuffer<S> {
  const { spec } = options;
  const capacity = checkCount(WHERE, 'capacity', options.capacity);
  const envs = checkCount(WHERE, 'envs', options.envs ?? 1);
  const columns = columnsOf(spec, capacity);
  const sampler = (options.sampler ?? uniformSampler())(capacity);
  let size = 0;
  let cursor = 0;
  const claim = (): number => {
    const slot = cursor;
    cursor = (cursor + 1) % capacity;
    if (size < capacity) size++;
    sampler.added(slot);
    return slot;
  };
  const writer = (options.writer ?? ringWriter())({ columns, claim }, envs);

  let drawn: { readonly sample: Sample<S>; readonly weights: Float32Array } | undefined;
  const buffersFor = (n: number): NonNullable<typeof drawn> => {
    if (drawn?.sample.indices.length === n) return drawn;
    checkCount(`${WHERE}.sample`, 'n', n);
    const weights = new Float32Array(n);
    const plain = { batch: hostBatch(spec, [n]), indices: new Int32Array(n) };
    return (drawn = { sample: sampler.weighted ? { ...plain, weights } : plain, weights });
  };

  return {
    spec,
    capacity,
    get size() {
      return size;
    },
    add(batch, mask) {
      writer.write(batch, rowsOf(`${WHERE}.add`, batch), mask);
    },
    sample(rng, n) {
      if (size === 0) throw new Error(`${WHERE}.sample: nothing is stored yet`);
      const { sample, weights } = buffersFor(n);
      sampler.draw(rng, size, sample.indices, weights);
      for (const { name, rowSize, data } of columns) gatherBlocks(data, sample.indices, rowSize, sample.batch[name].data);
      return sample;
    },
    update(indices, priorities) {
      sampler.update(indices, priorities);
    },
    snapshot: () =>
      joinSnapshots({
        storage: { arrays: columnArrays(columns, size), data: { capacity, size, cursor } },
        sampler: sampler.snapshot(),
        writer: writer.snapshot(),
      }),
    restore(snapshot) {
      const storage = snapshotPart(snapshot, 'storage');
      const stored = snapshotCount(WHERE, storage, 'capacity');
      if (stored !== capacity) throw new Error(`${WHERE}: the snapshot has capacity ${stored}, this buffer ${capacity}`);
      const rows = snapshotCount(WHERE, storage, 'size', capacity);
      const next = snapshotCount(WHERE, storage, 'cursor', capacity - 1);
      restoreColumns(WHERE, columns, storage, rows);
      sampler.restore(snapshotPart(snapshot, 'sampler'), rows);
      writer.restore(snapshotPart(snapshot, 'writer'));
      size = rows;
      cursor = next;
    },
  };
}
