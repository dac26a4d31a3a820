import { disposeTree, keepTree, type Metrics, type Rng, type Snapshot, tf, type Tree, treeFromSnapshot, treeSnapshot, treeTensors } from '@rivulet/engine';
import type { Learner } from './learner.js';

/** Holds the newest state of a learner, frees the older ones, and averages the metrics until they are read. */
export class StateHolder<S extends Tree, B extends Tree> {
  readonly #learner: Learner<S, B>;
  readonly #metrics = new Map<string, tf.Tensor[]>();
  #state: S;
  #updates = 0;

  constructor(learner: Learner<S, B>, rng: Rng) {
    this.#learner = learner;
    this.#state = keepTree(learner.init(rng));
  }

  get state(): S {
    return this.#state;
  }

  /** Gradient steps made. */
  get updates(): number {
    return this.#updates;
  }

  /** One gradient step; frees the batch. Returns the priorities [B] if the learner has any; the caller frees them. */
  update(batch: B, rng: Rng): tf.Tensor | undefined {
    let next = this.#state;
    let priority: tf.Tensor | undefined;
    try {
      tf.tidy(() => {
        const updated = this.#learner.update(this.#state, batch, { rng, index: this.#updates });
        next = keepTree(updated.state);
        this.#collect(updated.metrics);
        if (updated.priority !== undefined) priority = tf.keep(updated.priority);
      });
    } finally {
      disposeTree(batch);
    }
    this.#replace(next);
    this.#updates++;
    return priority;
  }

  /**
   * Means since the last call.
   * @throws when one is not a finite number: the run has diverged, and nothing that it does from here on is of use.
   */
  async readMetrics(): Promise<{ [name: string]: number }> {
    const means: { [name: string]: number } = {};
    for (const [name, values] of this.#metrics) {
      const mean = tf.tidy(() => tf.stack(values).mean());
      tf.dispose(values);
      means[name] = (await mean.data())[0];
      mean.dispose();
    }
    this.#metrics.clear();
    const lost = Object.entries(means).find(([, value]) => !Number.isFinite(value));
    if (lost !== undefined) throw new Error(`the training diverged: the metric '${lost[0]}' is ${lost[1]} after ${this.#updates} updates; lower the learning rate, or scale the rewards`);
    return means;
  }

  async snapshot(): Promise<Snapshot> {
    const { arrays } = await treeSnapshot(this.#state);
    return { arrays, data: { updates: this.#updates } };
  }

  /** @throws when the snapshot is of other networks, naming the tensor. */
  restore(snapshot: Snapshot): void {
    this.#replace(keepTree(treeFromSnapshot(this.#state, snapshot)));
    this.#updates = Number(snapshot.data.updates);
  }

  dispose(): void {
    disposeTree(this.#state);
    for (const values of this.#metrics.values()) tf.dispose(values);
    this.#metrics.clear();
  }

  /** Tensors that both states share survive. */
  #replace(next: S): void {
    const shared = new Set(treeTensors(next));
    disposeTree(treeTensors(this.#state).filter((tensor) => !shared.has(tensor)));
    this.#state = next;
  }

  #collect(metrics: Metrics): void {
    for (const [name, value] of Object.entries(metrics)) {
      const values = this.#metrics.get(name) ?? [];
      values.push(tf.keep(value.clone()));
      this.#metrics.set(name, values);
    }
  }
}
