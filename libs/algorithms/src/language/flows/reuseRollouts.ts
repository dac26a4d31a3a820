import { type HostBatch, joinSnapshots, type NdArray, ndarray, type Snapshot, snapshotPart, typedArray } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';

/**
 * An actor whose chunks hold rollouts again: the rows of the newest, then those of the k rollouts before it, from young to old, as the actor gave them. The field `age` int32 [N] says how many rollouts ago a row was written. Steps
 * and episodes are those of the newest, so that each counts once. In the beginning chunks are shorter. Groups stay whole, since rollouts do.
 *
 * Rows of older policies want a `correction` of what learns from them ({@link tokenLearner}), or a surrogate that clips around the policy that wrote.
 *
 * @param options.rounds k: rollouts that are kept, and how often one is used again; with 0 the actor itself is returned
 * @throws when k is not an integer of at least 0; from `collect` when rollouts differ in fields, or in the shape of their rows.
 */
export function reuseRollouts<W>(actor: Actor<W, HostBatch>, options: { readonly rounds: number }): Actor<W, HostBatch> {
  const { rounds } = options;
  if (!(Number.isInteger(rounds) && rounds >= 0)) throw new Error(`reuseRollouts: rounds must be an integer of at least 0, got ${rounds}`);
  if (rounds === 0) return actor;
  /** From young to old. */
  let kept: readonly HostBatch[] = [];
  return {
    async collect(weights) {
      const chunk = await actor.collect(weights);
      const rollouts = [copied(chunk.data), ...kept];
      const data = joined(rollouts);
      kept = rollouts.slice(0, rounds);
      return { ...chunk, data };
    },
    async snapshot() {
      return joinSnapshots({ actor: await actor.snapshot(), rollouts: joinSnapshots(Object.fromEntries(kept.map((rollout, age) => [`${age}`, { arrays: copied(rollout), data: {} }]))) });
    },
    async restore(snapshot: Snapshot) {
      const stored = snapshotPart(snapshot, 'rollouts');
      const count = Object.keys(stored.data).length;
      if (count > rounds) throw new Error(`reuseRollouts: the snapshot holds ${count} rollouts, expected at most ${rounds}`);
      await actor.restore(snapshotPart(snapshot, 'actor'));
      kept = Array.from({ length: count }, (_, age) => copied(snapshotPart(stored, `${age}`).arrays));
    },
    dispose: () => actor.dispose(),
  };
}

function copied(rollout: HostBatch): HostBatch {
  return Object.fromEntries(Object.entries(rollout).map(([name, { dtype, shape, data }]) => [name, { dtype, shape, data: data.slice() } as NdArray]));
}

/** Rows of rollouts, one after another, with their age. */
function joined(rollouts: readonly HostBatch[]): HostBatch {
  const [first] = rollouts;
  const names = Object.keys(first);
  const counts = rollouts.map((rollout) => rollout[names[0]].shape[0]);
  const age = ndarray('int32', [counts.reduce((sum, count) => sum + count, 0)], Int32Array.from(counts.flatMap((count, i) => new Array<number>(count).fill(i))));
  const fields = names.map((name): [string, NdArray] => [name, joinedField(name, rollouts.map((rollout) => rollout[name]), age.shape[0])]);
  return { ...Object.fromEntries(fields), age };
}

function joinedField(name: string, parts: readonly (NdArray | undefined)[], rows: number): NdArray {
  const [{ dtype, shape }] = parts as readonly NdArray[];
  const row = shape.slice(1).join(', ');
  const data = typedArray(dtype, rows * shape.slice(1).reduce((size, one) => size * one, 1));
  let at = 0;
  for (const part of parts) {
    if (part === undefined || part.dtype !== dtype || part.shape.slice(1).join(', ') !== row) {
      throw new Error(`reuseRollouts: '${name}' must be ${dtype} [N, ${row}] in all rollouts, one has ${part === undefined ? 'no such field' : `${part.dtype} [${part.shape.join(', ')}]`}`);
    }
    data.set(part.data as never, at);
    at += part.data.length;
  }
  return { dtype, shape: [rows, ...shape.slice(1)], data } as NdArray;
}
