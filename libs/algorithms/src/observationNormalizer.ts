import { disposeTree, keepTree, type Snapshot, tf, type Tree, treeFromSnapshot, treeSnapshot } from '@rivulet/engine';
import { type NormalizerState, runningNormalizer } from '@rivulet/networks';

/** The moments that travel with the weights; empty where observations are used as they come. */
export type NormalizerWeights = NormalizerState | Record<string, never>;

/** Standardises observations [..., D] by moments that came with the weights. */
export function normalizeWith(weights: NormalizerWeights, observation: tf.Tensor): tf.Tensor {
  return 'mean' in weights ? runningNormalizer.apply(weights as NormalizerState, observation) : observation;
}

/** Keeps the moments of all observations of a run, or does nothing where it is off. */
export class ObservationNormalizer {
  #state: NormalizerState | undefined;

  /** @param size D, the numbers in an observation. */
  constructor(enabled: boolean, size: number) {
    if (enabled) this.#state = keepTree(runningNormalizer.init([size]));
  }

  get weights(): NormalizerWeights {
    return this.#state ?? {};
  }

  /** Takes observations [B, D] into the moments. */
  observe(observation: tf.Tensor): void {
    if (this.#state === undefined) return;
    const state = this.#state;
    this.#replace(tf.tidy(() => runningNormalizer.update(state, observation)));
  }

  apply(observation: tf.Tensor): tf.Tensor {
    return normalizeWith(this.weights, observation);
  }

  async snapshot(): Promise<Snapshot> {
    return this.#state === undefined ? { arrays: {}, data: {} } : treeSnapshot(this.#state);
  }

  restore(snapshot: Snapshot): void {
    if (this.#state !== undefined) this.#replace(treeFromSnapshot(this.#state, snapshot));
  }

  dispose(): void {
    if (this.#state !== undefined) disposeTree(this.#state as Tree);
  }

  #replace(next: NormalizerState): void {
    this.dispose();
    this.#state = keepTree(next);
  }
}
