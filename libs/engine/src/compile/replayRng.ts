import { Rng } from '../rng.js';
import { tf } from '../tf.js';

/** A stream that gives tensors drawn before, in order. */
export class ReplayRng extends Rng {
  readonly #next: () => Float32Array;

  constructor(next: () => Float32Array) {
    super({ key: [0, 0], position: 0 });
    this.#next = next;
  }

  override split(n: number): Rng[] {
    return Array.from({ length: n }, () => new ReplayRng(this.#next));
  }

  override foldIn(): Rng {
    return new ReplayRng(this.#next);
  }

  override normal(shape: readonly number[]): tf.Tensor {
    return tf.tensor(this.#next(), [...shape]);
  }

  override uniform(shape: readonly number[]): tf.Tensor {
    return tf.tensor(this.#next(), [...shape]);
  }

  override gumbel(shape: readonly number[]): tf.Tensor {
    return tf.tensor(this.#next(), [...shape]);
  }
}
