import { ndarray, Rng, type Snapshot, tf } from '@rivulet/engine';
import type { Actor, Chunk, ChunkLearner } from '../src/index.js';

/** Lets a few turns of the event loop pass, in which real work would go on. */
export async function turns(n = 3): Promise<void> {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Collects noise added to the weights; each chunk ends one episode whose return is the data's sum. */
export class ToyActor implements Actor<tf.Tensor, tf.Tensor> {
  collected = 0;
  disposed = 0;
  #rng: Rng;
  #last: tf.Tensor | undefined;
  readonly #wait: number;

  constructor(seed = 1, wait = 1) {
    this.#rng = Rng.fromSeed(seed);
    this.#wait = wait;
  }

  async collect(weights: tf.Tensor): Promise<Chunk<tf.Tensor>> {
    const noise = [this.#rng.nextUniform(), this.#rng.nextUniform()];
    if (this.#wait > 0) await turns(this.#wait);
    this.#last?.dispose();
    this.#last = tf.tidy(() => weights.add(tf.tensor1d(noise)));
    this.collected++;
    const [a, b] = await this.#last.data();
    return { data: this.#last, steps: 8, episodes: [{ return: a + b, length: 8 }] };
  }

  snapshot(): Snapshot {
    const { key, position } = this.#rng.state();
    return { arrays: {}, data: { key: [...key], position } };
  }

  restore({ data }: Snapshot): void {
    this.#rng = Rng.fromState({ key: data['key'] as [number, number], position: data['position'] as number });
  }

  dispose(): void {
    this.disposed++;
    this.#last?.dispose();
  }
}

/** Moves its weights a tenth of the way to the data. */
export class ToyLearner implements ChunkLearner<tf.Tensor, tf.Tensor> {
  weights: tf.Tensor = tf.zeros([2]);
  updates = 0;
  disposed = 0;
  readonly #wait: number;

  constructor(wait = 1) {
    this.#wait = wait;
  }

  async learn({ data }: Chunk<tf.Tensor>): Promise<{ [name: string]: number }> {
    if (this.#wait > 0) await turns(this.#wait);
    const next = tf.tidy(() => this.weights.add(data.sub(this.weights).mul(0.1)));
    this.weights.dispose();
    this.weights = next;
    this.updates++;
    return { first: (await next.data())[0] };
  }

  snapshot(): Snapshot {
    return { arrays: { weights: ndarray('float32', [2], this.weights.dataSync<'float32'>().slice()) }, data: { updates: this.updates } };
  }

  restore({ arrays, data }: Snapshot): void {
    this.weights.dispose();
    this.weights = tf.tensor1d(arrays['weights'].data as Float32Array);
    this.updates = data['updates'] as number;
  }

  dispose(): void {
    this.disposed++;
    this.weights.dispose();
  }
}
