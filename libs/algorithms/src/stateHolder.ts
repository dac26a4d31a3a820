import { disposeTree, keepTree, type Metrics, type Rng, tf, type Tree, treeTensors } from '@rivulet/engine';
import type { Learner } from './learner.js';

/** Holds the newest state of a learner, frees the older ones, and averages the metrics until they are read. */
export class StateHolder<S extends Tree, B extends Tree> {
  readonly #learner: Learner<S, B>;
  #state: S;
  #metrics = new Map<string, tf.Tensor[]>();
  updates = 0;

  constructor(learner: Learner<S, B>, rng: Rng) {
    this.#learner = learner;
    this.#state = learner.init(rng);
  }

  get state(): S {
    return this.#state;
  }

  /** Replaces the state; tensors that both states share survive. */
  replace(next: S): void {
    const kept = new Set(treeTensors(next));
    disposeTree(treeTensors(this.#state).filter((tensor) => !kept.has(tensor)));
    this.#state = next;
  }

  /** One gradient step; frees the batch. Returns the priorities [B], if the learner has any: the caller frees them. */
  update(batch: B, rng: Rng): tf.Tensor | undefined {
    let priority: tf.Tensor | undefined;
    const next = tf.tidy(() => {
      const updated = this.#learner.update(this.#state, batch, rng);
      this.#collect(updated.metrics);
      priority = updated.priority === undefined ? undefined : tf.keep(updated.priority);
      keepTree(updated.state);
      return updated.state as S & tf.TensorContainer;
    });
    this.replace(next);
    disposeTree(batch);
    this.updates++;
    return priority;
  }

  /** Means since the last call. */
  async readMetrics(): Promise<{ [name: string]: number }> {
    const means: { [name: string]: number } = {};
    for (const [name, values] of this.#metrics) {
      const mean = tf.tidy(() => tf.stack(values).mean());
      tf.dispose(values);
      means[name] = (await mean.data())[0];
      mean.dispose();
    }
    this.#metrics.clear();
    return means;
  }

  dispose(): void {
    disposeTree(this.#state);
    for (const values of this.#metrics.values()) tf.dispose(values);
    this.#metrics.clear();
  }

  #collect(metrics: Metrics): void {
    for (const [name, value] of Object.entries(metrics)) {
      const values = this.#metrics.get(name) ?? [];
      values.push(tf.keep(value.clone()));
      this.#metrics.set(name, values);
    }
  }
}
