import { tf } from '@rivulet/engine';

const functions = {
  identity: (x: tf.Tensor) => x,
  relu: (x: tf.Tensor) => tf.relu(x),
  leakyRelu: (x: tf.Tensor) => tf.leakyRelu(x, 0.01),
  tanh: (x: tf.Tensor) => tf.tanh(x),
  elu: (x: tf.Tensor) => tf.elu(x),
  silu: (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x)),
  gelu: (x: tf.Tensor) => tf.mul(tf.mul(x, 0.5), tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2)))),
  softplus: (x: tf.Tensor) => tf.softplus(x),
  sigmoid: (x: tf.Tensor) => tf.sigmoid(x),
} as const;

/** The name of an elementwise nonlinearity. */
export type Activation = keyof typeof functions;

/**
 * The nonlinearity of a name: `identity` x, `relu` max(0, x), `leakyRelu` max(x, 0.01x), `tanh`, `elu` x or eˣ - 1,
 * `silu` x·σ(x), `gelu` x·Φ(x) (exact, by the error function), `softplus` log(1 + eˣ), `sigmoid` σ(x).
 * @throws for another name.
 */
export function activation(name: Activation): (x: tf.Tensor) => tf.Tensor {
  const f = functions[name];
  if (f === undefined) throw new Error(`activation: unknown name '${String(name)}'; there are ${Object.keys(functions).join(', ')}`);
  return f;
}
