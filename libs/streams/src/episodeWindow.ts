import { ndarray, type Snapshot, type Snapshotable } from '@rivulet/engine';
import type { EpisodeSummary } from './messages.js';

/** How many episodes {@link EpisodeWindow} remembers. */
const CAPACITY = 100;

/**
 * The returns of the last 100 episodes. The mean is summed from the oldest to the newest each time, so that a window
 * that was stored and restored has the same mean to the last bit.
 */
export class EpisodeWindow implements Snapshotable {
  #returns: number[] = [];

  /** How many episodes the mean covers: at most 100. */
  get size(): number {
    return this.#returns.length;
  }

  /** x̄ = (1/n) Σᵢ returnᵢ, undefined before the first episode. */
  get mean(): number | undefined {
    if (this.#returns.length === 0) return undefined;
    return this.#returns.reduce((sum, value) => sum + value, 0) / this.#returns.length;
  }

  push(episodes: readonly EpisodeSummary[]): void {
    for (const episode of episodes) this.#returns.push(episode.return);
    if (this.#returns.length > CAPACITY) this.#returns = this.#returns.slice(-CAPACITY);
  }

  snapshot(): Snapshot {
    return { arrays: { returns: ndarray('float64', [this.size], Float64Array.from(this.#returns)) }, data: {} };
  }

  /** @throws when the snapshot holds no float64 list `returns` of at most 100 numbers. */
  restore(snapshot: Snapshot): void {
    const stored = snapshot.arrays['returns'];
    if (stored?.dtype !== 'float64' || stored.data.length > CAPACITY) {
      throw new Error(`EpisodeWindow.restore: the entry 'returns' must be a float64 array of at most ${CAPACITY} numbers`);
    }
    this.#returns = Array.from(stored.data);
  }
}
