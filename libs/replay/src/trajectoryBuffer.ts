import { type HostBatch, type NdArray, ndarray, type Rng, sizeOf, type Snapshot } from '@rivulet/engine';
import { checkCount, fieldData, rowsOf, snapshotArray, snapshotCount } from './column.js';
import { hostBatch } from './hostBatch.js';
import type { BatchOf, Spec } from './spec.js';

const WHERE = 'trajectoryBuffer';

/** Episodes drawn from a buffer, filled up with zeros to the longest of them. */
export interface TrajectorySample<S extends Spec = Spec> {
  /** [n, T, ...] */
  readonly batch: BatchOf<S>;
  /** `[n, T]`: 1 for the steps of the episode. */
  readonly mask: Float32Array;
  /** [n] */
  readonly lengths: Int32Array;
  /** [n] */
  readonly scores: Float64Array;
  /** `[n]`: positions in the buffer, oldest episode first. */
  readonly indices: Int32Array;
}

/** Whole episodes with a score each. */
export interface TrajectoryBuffer<S extends Spec = Spec> {
  readonly spec: S;
  readonly capacity: number;
  /** Episodes stored now. */
  readonly size: number;
  /** Copies an episode of T steps: fields [T, ...]. @param score default: the sum of the field `reward`. Returns whether it was stored. */
  add(episode: HostBatch, score?: number): boolean;
  /** Draws n episodes uniformly, with replacement, into fresh arrays. @throws when nothing is stored. */
  sample(rng: Rng, n: number): TrajectorySample<S>;
  snapshot(): Snapshot;
  /** @throws when the snapshot does not fit, naming the entry. */
  restore(snapshot: Snapshot): void;
}

interface Episode {
  readonly fields: { readonly [name: string]: NdArray };
  readonly length: number;
  readonly score: number;
}

/**
 * Keeps whole episodes: the most `recent`, the `top` scores (of equal ones the newest; one below all stored ones is refused when full), or the
 * most recent among those with a `positive` score (an advantage, for self-imitation).
 * Source of the last two: Oh et al. (2018), Self-Imitation Learning.
 *
 * @param options.capacity episodes
 * @param options.keep default 'recent'
 * @throws when capacity is not a positive integer.
 */
export function trajectoryBuffer<S extends Spec>(options: { readonly spec: S; readonly capacity: number; readonly keep?: 'recent' | 'top' | 'positive' }): TrajectoryBuffer<S> {
  const { spec, keep = 'recent' } = options;
  const capacity = checkCount(WHERE, 'capacity', options.capacity);
  const fields = Object.entries(spec).map(([name, { shape, dtype }]) => ({ name, shape, dtype, rowSize: sizeOf(shape) }));
  let episodes: Episode[] = [];

  const returnOf = (episode: HostBatch, steps: number): number => {
    const reward = fieldData(`${WHERE}.add`, episode, 'reward', undefined, 1, steps);
    let sum = 0;
    for (let t = 0; t < steps; t++) sum += reward[t];
    return sum;
  };

  /** Which episode leaves when one with this score comes: -1 none, `episodes.length` the new one itself. */
  const leaving = (score: number): number => {
    if (keep === 'positive' && score <= 0) return episodes.length;
    if (episodes.length < capacity) return -1;
    if (keep !== 'top') return 0;
    const worst = episodes.reduce((lowest, { score: other }, i) => (other < episodes[lowest].score ? i : lowest), 0);
    return score < episodes[worst].score ? episodes.length : worst;
  };

  return {
    spec,
    capacity,
    get size() {
      return episodes.length;
    },
    add(episode, given) {
      const length = checkCount(`${WHERE}.add`, 'the length of an episode', rowsOf(`${WHERE}.add`, episode));
      for (const { name, dtype, rowSize } of fields) fieldData(`${WHERE}.add`, episode, name, dtype, rowSize, length);
      const score = given ?? returnOf(episode, length);
      if (!Number.isFinite(score)) throw new Error(`${WHERE}.add: the score must be finite, got ${score}`);
      const out = leaving(score);
      if (out === episodes.length) return false;
      if (out >= 0) episodes.splice(out, 1);
      const copy = hostBatch(spec, [length]);
      for (const { name } of fields) copy[name].data.set(episode[name].data);
      episodes.push({ fields: copy, length, score });
      return true;
    },
    sample(rng, n) {
      checkCount(`${WHERE}.sample`, 'n', n);
      if (episodes.length === 0) throw new Error(`${WHERE}.sample: nothing is stored yet`);
      const indices = new Int32Array(n);
      for (let k = 0; k < n; k++) indices[k] = rng.nextInt(episodes.length);
      const lengths = indices.map((index) => episodes[index].length);
      const longest = Math.max(...lengths);
      const batch = hostBatch(spec, [n, longest]);
      const mask = new Float32Array(n * longest);
      for (let k = 0; k < n; k++) {
        mask.fill(1, k * longest, k * longest + lengths[k]);
        for (const { name, rowSize } of fields) batch[name].data.set(episodes[indices[k]].fields[name].data, k * longest * rowSize);
      }
      return { batch, mask, lengths, scores: Float64Array.from(indices, (index) => episodes[index].score), indices };
    },
    snapshot: () => ({
      arrays: {
        ...Object.fromEntries(episodes.flatMap((episode, i) => fields.map(({ name }) => [`episode/${i}/${name}`, episode.fields[name]]))),
        scores: ndarray('float64', [episodes.length], Float64Array.from(episodes, ({ score }) => score)),
        lengths: ndarray('int32', [episodes.length], Int32Array.from(episodes, ({ length }) => length)),
      },
      data: { capacity, keep, size: episodes.length },
    }),
    restore(snapshot) {
      if (snapshot.data.capacity !== capacity || snapshot.data.keep !== keep) {
        throw new Error(`${WHERE}: the snapshot keeps ${String(snapshot.data.capacity)} '${String(snapshot.data.keep)}' episodes, this buffer ${capacity} '${keep}'`);
      }
      const count = snapshotCount(WHERE, snapshot, 'size', capacity);
      const scores = snapshotArray(WHERE, snapshot, 'scores', 'float64', count);
      const lengths = snapshotArray(WHERE, snapshot, 'lengths', 'int32', count);
      episodes = Array.from({ length: count }, (_, i) => {
        const copy = hostBatch(spec, [lengths[i]]);
        for (const { name, dtype, rowSize } of fields) copy[name].data.set(snapshotArray(WHERE, snapshot, `episode/${i}/${name}`, dtype, lengths[i] * rowSize));
        return { fields: copy, length: lengths[i], score: scores[i] };
      });
    },
  };
}
