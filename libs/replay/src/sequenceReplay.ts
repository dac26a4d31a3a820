import { type HostBatch, ndarray, type Rng, type Snapshot } from '@rivulet/engine';
import { checkCount, checkMask, columnArrays, columnsOf, fieldData, restoreColumns, rowsOf, snapshotArray } from './column.js';
import { copyBlock } from './copy.js';
import { hostBatch } from './hostBatch.js';
import type { BatchOf, Spec } from './spec.js';

const WHERE = 'sequenceReplay';

/** Chunks drawn from a sequence replay. The arrays belong to the buffer and are overwritten by its next `sample`. */
export interface SequenceSample<S extends Spec = Spec> {
  /** [n, L, ...]; zeros after the end of an episode. The fields named in `initial` are [n, ...]: their value at the first step. */
  readonly batch: BatchOf<S>;
  /** `[n, L]`: 1 for the steps of the episode, 0 after its end. */
  readonly mask: Float32Array;
  /** `[n, L]`: `mask` without the burn-in steps, which only warm a recurrent state up. */
  readonly lossMask: Float32Array;
  /** `[n]`: the slots of the first steps. */
  readonly indices: Int32Array;
}

/** Trajectories from which chunks of one length can be drawn. */
export interface SequenceReplay<S extends Spec = Spec> {
  readonly spec: S;
  /** Rows, over all copies. */
  readonly capacity: number;
  /** Rows stored now. */
  readonly size: number;
  /** Chunks that can be drawn now (overlapping ones counted each). */
  readonly chunks: number;
  /**
   * Adds one step of every copy: fields [envs, ...]; `terminated` and `truncated` must be among them.
   * @param mask [envs]: rows with 0 are skipped.
   */
  add(batch: HostBatch, mask?: Uint8Array): void;
  /** Draws n chunks, uniformly and with replacement. @throws when there is none yet. */
  sample(rng: Rng, n: number): SequenceSample<S>;
  snapshot(): Snapshot;
  /** @throws when the snapshot does not fit, naming the entry. */
  restore(snapshot: Snapshot): void;
}

/**
 * Replays chunks of L consecutive steps of one copy. A chunk never crosses the end of an episode: one that starts less than L steps before
 * it is filled up with zeros and masked. A chunk may start at any stored step that has L stored steps from itself on, or whose episode has
 * ended, with at least one step left after the burn-in.
 *
 * For recurrent policies the first `burnIn` of the L steps only warm the state up, and a field of the spec may store the state itself:
 * name it in `initial`, and it is returned for the first step only.
 * Source: Kapturowski et al. (2019), R2D2 (stored state, burn-in).
 *
 * @param options.capacity rows over all copies; each copy gets floor(capacity / envs) in a ring of its own
 * @param options.length L, at most the rows of a copy
 * @param options.burnIn in [0, L-1]; default 0
 * @throws when a size is out of range, or `initial` names a field outside the spec.
 */
export function sequenceReplay<S extends Spec>(options: {
  readonly spec: S;
  readonly capacity: number;
  readonly envs?: number;
  readonly length: number;
  readonly burnIn?: number;
  readonly initial?: readonly (keyof S & string)[];
}): SequenceReplay<S> {
  const { spec } = options;
  const envs = checkCount(WHERE, 'envs', options.envs ?? 1);
  const length = checkCount(WHERE, 'length', options.length);
  const burnIn = checkCount(WHERE, 'burnIn', options.burnIn ?? 0, 0);
  const rows = Math.floor(checkCount(WHERE, 'capacity', options.capacity) / envs);
  if (rows < length) throw new Error(`${WHERE}: capacity ${options.capacity} gives each of ${envs} copies ${rows} rows, fewer than the length ${length}`);
  if (burnIn >= length) throw new Error(`${WHERE}: burnIn must be less than the length ${length}, got ${burnIn}`);
  const initial = new Set<string>(options.initial ?? []);
  for (const name of initial) if (spec[name] === undefined) throw new Error(`${WHERE}: 'initial' names '${name}', which the spec lacks`);

  const capacity = rows * envs;
  const columns = columnsOf(spec, capacity);
  // The rows of a copy are a ring of their own; `run` counts its steps since the start of the episode.
  const cursor = new Int32Array(envs);
  const filled = new Int32Array(envs);
  const run = new Int32Array(envs);
  // Steps of a chunk that starts at the slot: 0 when none may. `starts` lists the others in no order, `place` finds a slot in it.
  const valid = new Int32Array(capacity);
  const starts = new Int32Array(capacity);
  const place = new Int32Array(capacity);
  let startCount = 0;

  const allow = (slot: number, steps: number): void => {
    valid[slot] = steps;
    place[slot] = startCount;
    starts[startCount++] = slot;
  };
  const forbid = (slot: number): void => {
    if (valid[slot] === 0) return;
    valid[slot] = 0;
    const moved = starts[--startCount];
    starts[place[slot]] = moved;
    place[moved] = place[slot];
  };

  /** Opens the starts that the newest row, at `at` of a copy, completes. */
  const complete = (env: number, at: number, ends: boolean): void => {
    const slot = (back: number): number => env * rows + ((at - back + rows) % rows);
    if (run[env] >= length) allow(slot(length - 1), length);
    if (!ends) return;
    for (let back = Math.min(run[env], length - 1) - 1; back >= burnIn; back--) allow(slot(back), back + 1);
    run[env] = 0;
  };

  let drawn: SequenceSample<S> | undefined;
  const buffersFor = (n: number): SequenceSample<S> => {
    if (drawn?.indices.length === n) return drawn;
    checkCount(`${WHERE}.sample`, 'n', n);
    const part = (wanted: boolean, leading: readonly number[]) => hostBatch(Object.fromEntries(Object.entries(spec).filter(([name]) => initial.has(name) === wanted)), leading);
    const batch = { ...part(false, [n, length]), ...part(true, [n]) } as unknown as BatchOf<S>;
    return (drawn = { batch, mask: new Float32Array(n * length), lossMask: new Float32Array(n * length), indices: new Int32Array(n) });
  };

  const fillChunk = (sample: SequenceSample<S>, k: number): void => {
    const start = sample.indices[k];
    const steps = valid[start];
    const base = Math.floor(start / rows) * rows;
    const beforeWrap = Math.min(steps, rows - (start - base));
    for (let j = 0; j < length; j++) {
      sample.mask[k * length + j] = j < steps ? 1 : 0;
      sample.lossMask[k * length + j] = j < steps && j >= burnIn ? 1 : 0;
    }
    for (const { name, rowSize, data } of columns) {
      const out = sample.batch[name].data;
      if (initial.has(name)) {
        copyBlock(data, start * rowSize, out, k * rowSize, rowSize);
        continue;
      }
      const to = k * length * rowSize;
      copyBlock(data, start * rowSize, out, to, beforeWrap * rowSize);
      copyBlock(data, base * rowSize, out, to + beforeWrap * rowSize, (steps - beforeWrap) * rowSize);
      out.fill(0, to + steps * rowSize, to + length * rowSize);
    }
  };

  return {
    spec,
    capacity,
    get size() {
      return filled.reduce((sum, count) => sum + count, 0);
    },
    get chunks() {
      return startCount;
    },
    add(batch, mask) {
      const given = rowsOf(`${WHERE}.add`, batch);
      if (given !== envs) throw new Error(`${WHERE}.add: a step needs one row for each of the ${envs} copies, got ${given}`);
      checkMask(`${WHERE}.add`, mask, envs);
      for (const { name, dtype, rowSize } of columns) fieldData(`${WHERE}.add`, batch, name, dtype, rowSize, envs);
      const terminated = fieldData(`${WHERE}.add`, batch, 'terminated', undefined, 1, envs);
      const truncated = fieldData(`${WHERE}.add`, batch, 'truncated', undefined, 1, envs);
      for (let env = 0; env < envs; env++) {
        if (mask !== undefined && mask[env] === 0) continue;
        const at = cursor[env];
        forbid(env * rows + at);
        for (const { name, rowSize, data } of columns) copyBlock(batch[name].data, env * rowSize, data, (env * rows + at) * rowSize, rowSize);
        cursor[env] = (at + 1) % rows;
        if (filled[env] < rows) filled[env]++;
        run[env]++;
        complete(env, at, terminated[env] !== 0 || truncated[env] !== 0);
      }
    },
    sample(rng, n) {
      if (startCount === 0) throw new Error(`${WHERE}.sample: no chunk of ${length} steps, or up to the end of an episode, is stored yet`);
      const sample = buffersFor(n);
      for (let k = 0; k < n; k++) {
        sample.indices[k] = starts[rng.nextInt(startCount)];
        fillChunk(sample, k);
      }
      return sample;
    },
    snapshot() {
      const used = Math.max(...filled);
      // Rings fill from slot 0 on, so that the filled part of every copy lies in its first `used` rows.
      const parts = Array.from({ length: envs }, (_, env) => {
        const part = columns.map((column) => ({ ...column, data: column.data.subarray(env * rows * column.rowSize, (env * rows + used) * column.rowSize) }));
        return Object.entries(columnArrays(part, used)).map(([path, array]): [string, typeof array] => [`copy/${env}/${path}`, array]);
      });
      return {
        arrays: {
          ...Object.fromEntries(parts.flat()),
          cursor: ndarray('int32', [envs], cursor.slice()),
          filled: ndarray('int32', [envs], filled.slice()),
          run: ndarray('int32', [envs], run.slice()),
          starts: ndarray('int32', [startCount], starts.slice(0, startCount)),
          steps: ndarray('int32', [startCount], Int32Array.from({ length: startCount }, (_, i) => valid[starts[i]])),
        },
        data: { envs, rows, length, burnIn, chunks: startCount },
      };
    },
    restore(snapshot) {
      for (const [name, here] of Object.entries({ envs, rows, length, burnIn })) {
        if (snapshot.data[name] !== here) throw new Error(`${WHERE}: the snapshot has ${name} ${String(snapshot.data[name])}, this buffer ${here}`);
      }
      const count = Number(snapshot.data.chunks);
      const counters = ['cursor', 'filled', 'run'].map((name) => snapshotArray(WHERE, snapshot, name, 'int32', envs));
      const [slots, steps] = ['starts', 'steps'].map((name) => snapshotArray(WHERE, snapshot, name, 'int32', count));
      const used = Math.max(...counters[1]);
      for (let env = 0; env < envs; env++) {
        const part = columns.map((column) => ({ ...column, data: column.data.subarray(env * rows * column.rowSize, (env + 1) * rows * column.rowSize) }));
        const prefix = `copy/${env}/`;
        const arrays = Object.fromEntries(Object.entries(snapshot.arrays).filter(([path]) => path.startsWith(prefix)).map(([path, array]) => [path.slice(prefix.length), array]));
        restoreColumns(WHERE, part, { arrays, data: {} }, used);
      }
      [cursor, filled, run].forEach((target, i) => target.set(counters[i]));
      valid.fill(0);
      startCount = 0;
      for (let i = 0; i < count; i++) allow(slots[i], steps[i]);
    },
  };
}
