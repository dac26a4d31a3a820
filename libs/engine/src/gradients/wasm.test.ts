import { beforeAll, describe, expect, it } from 'vitest';
import { chooseBackend } from '../chooseBackend.js';
import { hessianVectorProduct } from '../hessianVectorProduct.js';
import { Rng } from '../rng.js';
import { tensorCount } from '../tensorCount.js';
import { tf } from '../tf.js';
import { treeTensors } from '../tree.js';
import { valueAndGrad } from '../valueAndGrad.js';

type Net = { w1: tf.Tensor; b1: tf.Tensor; w2: tf.Tensor; b2: tf.Tensor };
type Loss = (p: Net, x: tf.Tensor) => tf.Tensor;

const ints = (values: number[], shape: number[] = [values.length]) => tf.tensor(values, shape, 'int32');
const onehot = () => tf.oneHot(tf.tensor1d([0, 2, 1, 2, 0], 'int32'), 3).toFloat();
const hidden = (p: Net, x: tf.Tensor) => x.matMul(p.w1).add(p.b1);
const output = (p: Net, x: tf.Tensor) => hidden(p, x).tanh().matMul(p.w2).add(p.b2);
const image = (p: Net) => p.w1.mul(1).concat(p.w2.slice([0, 0], [4, 3]).transpose().mul(0.7), 0).reshape([1, 7, 4, 1]) as tf.Tensor4D;

/** What the losses of reinforcement learning are made of. Each maps a net with 4 inputs, 4 hidden units and 3 outputs, and observations [5, 4], to anything. */
const losses: { readonly [name: string]: Loss } = {
  'a tanh net, squared error': (p, x) => output(p, x).sub(0.3).square(),
  'a relu net': (p, x) => hidden(p, x).relu().matMul(p.w2),
  'an elu net': (p, x) => hidden(p, x).elu().matMul(p.w2),
  'a silu net': (p, x) => hidden(p, x).mul(tf.sigmoid(hidden(p, x))).matMul(p.w2),
  'a gelu net': (p, x) => hidden(p, x).mul(tf.erf(hidden(p, x).div(Math.SQRT2)).add(1)).matMul(p.w2),
  'policy gradient by one-hot select': (p, x) => tf.logSoftmax(output(p, x)).mul(onehot()).sum(-1),
  'entropy': (p, x) => tf.softmax(output(p, x)).mul(tf.logSoftmax(output(p, x))).sum(-1),
  'clipped ratio': (p, x) => { const ratio = tf.logSoftmax(output(p, x)).mul(onehot()).sum(-1).add(1).exp(); return tf.minimum(ratio.mul(0.7), ratio.clipByValue(0.8, 1.2).mul(0.7)); },
  'twin minimum and maximum over actions': (p, x) => tf.minimum(output(p, x), hidden(p, x).matMul(p.w2)).max(-1),
  'logSumExp': (p, x) => tf.logSumExp(output(p, x), -1),
  'Gaussian log-density': (p, x) => { const [mean, scale] = tf.split(output(p, x).slice([0, 0], [5, 2]), 2, 1); return mean.sub(0.5).div(scale.softplus().add(0.1)).square().mul(-0.5).sub(scale.softplus().add(0.1).log()); },
  'squashed Gaussian': (p, x) => tf.logSigmoid(output(p, x).mul(2)).add(tf.log1p(output(p, x).tanh().square().neg().add(1.01))),
  'norm and sqrt': (p, x) => tf.sqrt(output(p, x).square().sum(-1).add(1e-3)).add(tf.norm(p.w1)),
  'layer norm': (p, x) => { const { mean, variance } = tf.moments(hidden(p, x), -1, true); return hidden(p, x).sub(mean).mul(variance.add(1e-3).rsqrt()).matMul(p.w2); },
  'concat, slice, pad, stack, transpose, tile': (p, x) => tf.stack([tf.concat([output(p, x), x], 1).slice([0, 1], [5, 4]).pad([[0, 0], [1, 0]]).transpose(), tf.tile(p.b1.reshape([1, 4]), [5, 1]).concat(x.slice([0, 0], [5, 1]), 1)]),
  'huber by where': (p, x) => { const error = output(p, x); return tf.where(error.abs().less(0.5), error.square().mul(0.5), error.abs().sub(0.25)); },
  'cumsum and cumprod': (p, x) => tf.cumsum(output(p, x), 0).add(tf.cumprod(tf.sigmoid(output(p, x)), 0)),
  'embedding by gather, with repeats': (p) => tf.gather(p.w1, ints([2, 0, 2, 3, 2])).square(),
  'gather with batchDims': (p, x) => tf.gather(output(p, x), ints([0, 2, 1, 2, 0], [5, 1]), 1, 1),
  'gather of an inner axis with batchDims': (p) => tf.gather(p.w1.reshape([2, 2, 2, 2]), ints([1, 1, 0, 0, 1, 1], [2, 3]), 2, 1).square(),
  'unsortedSegmentSum': (p) => tf.unsortedSegmentSum(p.w1, ints([1, 0, 1, 2]) as tf.Tensor1D, 3).square(),
  'einsum': (p, x) => tf.einsum('bi,ij,jk->kb', x, p.w1, p.w2),
  'batched attention': (p, x) => { const q = hidden(p, x).reshape([1, 5, 4]); return tf.matMul(tf.softmax(tf.matMul(q, q, false, true)), q); },
  '3-D by 2-D matMul': (p, x) => tf.matMul(x.reshape([1, 5, 4]), p.w1),
  'conv2d': (p) => tf.conv2d(image(p), p.w2.slice([0, 0], [4, 2]).reshape([2, 2, 1, 2]) as tf.Tensor4D, 2, 'same'),
  'conv1d, causal and dilated': (p, x) => tf.conv1d(x.reshape([1, 5, 4]).pad([[0, 0], [2, 0], [0, 0]]) as tf.Tensor3D, p.w1.reshape([2, 4, 2]) as tf.Tensor3D, 1, 'valid', 'NWC', 2),
  'maxPool': (p) => tf.maxPool(image(p), 3, 2, 'same').square(),
  'avgPool': (p) => tf.avgPool(image(p), 3, 2, 'same').square(),
  'mirrorPad and stridedSlice': (p) => tf.mirrorPad(p.w1, [[2, 1], [0, 2]], 'reflect').square().stridedSlice([0, 1], [6, 6], [2, 3]),
  'topk': (p, x) => tf.topk(output(p, x), 2).values.square(),
};

function run(name: string): number[] {
  return tf.tidy(() => {
    const rng = Rng.fromSeed(5);
    const net: Net = { w1: rng.normal([4, 4]), b1: rng.normal([4]), w2: rng.normal([4, 3]), b2: rng.normal([3]) };
    const x = rng.normal([5, 4]);
    const direction: Net = { w1: rng.normal([4, 4]), b1: rng.normal([4]), w2: rng.normal([4, 3]), b2: rng.normal([3]) };
    const loss = (p: Net) => {
      const y = losses[name](p, x);
      return y.mul(tf.cos(tf.range(1, y.size + 1, 1, 'float32').reshape(y.shape))).add(y.square().mul(0.1)).mean() as tf.Scalar;
    };
    const before = tensorCount();
    const { loss: value, grads } = valueAndGrad(loss)(net);
    const product = hessianVectorProduct(loss, net, direction);
    expect(tensorCount()).toBe(before + 9);
    return [value, ...treeTensors(grads), ...treeTensors(product)].flatMap((each) => [...each.dataSync<'float32'>()]);
  });
}

const expected: { [name: string]: number[] } = {};

beforeAll(async () => {
  await chooseBackend({ backend: 'cpu' });
  for (const name of Object.keys(losses)) expected[name] = run(name);
  await chooseBackend({ backend: 'wasm' });
});

describe('wasm gives the loss, the gradient and the Hessian-vector product of the cpu backend', () => {
  it.each(Object.keys(losses))('%s', (name) => {
    expect(tf.getBackend()).toBe('wasm');
    const actual = run(name);
    expect(actual.length).toBe(expected[name].length);
    // Both compute in float32, with sums in other orders: some 1e-6, which the cancellation in second derivatives of these random nets multiplies by up to 20.
    actual.forEach((value, i) => expect(Math.abs(value - expected[name][i]), `element ${i}: ${value} against ${expected[name][i]}`).toBeLessThan(2e-5 * (1 + Math.abs(expected[name][i]))));
    expect(actual.some((value) => Math.abs(value) > 1e-3)).toBe(true);
  });
});
