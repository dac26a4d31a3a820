import * as tf from '@tensorflow/tfjs';

type Scan = (x: tf.Tensor | tf.TensorLike, axis?: number, exclusive?: boolean, reverse?: boolean) => tf.Tensor;

function withAxisFromTheEnd(scan: Scan): Scan {
  return (x, axis = 0, exclusive, reverse) =>
    tf.tidy(() => {
      const tensor = x instanceof tf.Tensor ? x : tf.tensor(x as number[]);
      return scan(tensor, axis < 0 ? axis + tensor.rank : axis, exclusive, reverse);
    });
}

/** `tf.cumsum` that also counts axes from the end. */
export const cumsum = withAxisFromTheEnd(tf.cumsum) as typeof tf.cumsum;

/** `tf.cumprod` that also counts axes from the end. */
export const cumprod = withAxisFromTheEnd(tf.cumprod) as typeof tf.cumprod;
