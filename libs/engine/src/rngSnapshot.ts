import { Rng, type RngState } from './rng.js';
import type { Snapshot } from './snapshot.js';

/** A random stream as a snapshot. */
export function snapshotRng(rng: Rng): Snapshot {
  const { key, position } = rng.state();
  return { arrays: {}, data: { key: [...key], position } };
}

/**
 * The stream that {@link snapshotRng} stored.
 * @throws when the snapshot is not one of a stream.
 */
export function restoreRng(snapshot: Snapshot): Rng {
  const { key, position } = snapshot.data;
  const numbers = Array.isArray(key) && key.length === 2 && [...key, position].every((x) => typeof x === 'number' && Number.isSafeInteger(x) && x >= 0);
  if (!numbers) throw new Error('restoreRng: the snapshot holds no random stream (two key words and a position)');
  return Rng.fromState({ key: key as unknown as RngState['key'], position: position as number });
}
