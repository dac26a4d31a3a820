import { Rng, tf } from '@rivulet/engine';

export interface CheckGradientsOptions {
  /** Step of the central difference. Default: 1e-2, for float32. */
  readonly step?: number;
  /** Allowed difference, relative to 1 + |derivative|. Default: 2e-3. */
  readonly tolerance?: number;
  /** Of the directions. Default: 0. */
  readonly seed?: number;
}

async function numberOf(f: () => tf.Tensor): Promise<number> {
  const value = tf.tidy(f);
  const [number] = await value.data();
  value.dispose();
  return number;
}

/** A random direction of length one. */
function direction(rng: Rng, shape: readonly number[]): tf.Tensor {
  return tf.tidy(() => {
    const draw = rng.normal(shape);
    return draw.div(draw.square().sum().sqrt());
  });
}

/**
 * Compares the gradient of a scalar function with central differences, along one random direction an argument:
 * ⟨∇f, v⟩ ≈ (f(x + hv) - f(x - hv)) / 2h.
 * @throws naming the first argument whose derivative differs, with both numbers.
 */
export async function checkGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: readonly tf.Tensor[], options: CheckGradientsOptions = {}): Promise<void> {
  const { step = 1e-2, tolerance = 2e-3, seed = 0 } = options;
  const rng = Rng.fromSeed(seed);
  // Clones, so that an input that f also holds from outside counts as the constant that it is for the differences.
  const clones = inputs.map((x) => x.clone());
  const gradients = tf.grads((...xs: tf.Tensor[]) => f(...xs).sum())(clones);
  tf.dispose(clones);
  for (const [i, input] of inputs.entries()) {
    const v = direction(rng, input.shape);
    const moved = (by: number): Promise<number> => numberOf(() => f(...inputs.map((x, j) => (j === i ? x.add(v.mul(by)) : x))).sum());
    const numeric = ((await moved(step)) - (await moved(-step))) / (2 * step);
    const analytic = await numberOf(() => gradients[i].mul(v).sum());
    v.dispose();
    if (!(Math.abs(analytic - numeric) <= tolerance * (1 + Math.abs(numeric)))) {
      tf.dispose(gradients);
      throw new Error(`checkGradients: argument ${i}: the gradient gives ${analytic}, central differences ${numeric}`);
    }
  }
  tf.dispose(gradients);
}
