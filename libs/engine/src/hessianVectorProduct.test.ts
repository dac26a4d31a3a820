import { beforeAll, describe, expect, it } from 'vitest';
import { conjugateGradient } from './conjugateGradient.js';
import { hessianVectorProduct } from './hessianVectorProduct.js';
import { Rng } from './rng.js';
import { stopGradient } from './stopGradient.js';
import { tensorCount } from './tensorCount.js';
import { tf } from './tf.js';
import { disposeTree, treeFrom, treeMap, treeTensors } from './tree.js';
import type { Tree } from './tree.js';
import { valueAndGrad } from './valueAndGrad.js';

type Net = { w1: tf.Tensor; b1: tf.Tensor; w2: tf.Tensor; b2: tf.Tensor };

const flat = (tree: Tree) => treeTensors(tree).flatMap((x) => [...x.dataSync<'float32'>()]);
const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0);

function net(rng: Rng): Net {
  return { w1: rng.normal([3, 4]).mul(0.7), b1: rng.normal([4]).mul(0.5), w2: rng.normal([4, 2]).mul(0.7), b2: rng.normal([2]).mul(0.5) };
}

function fromFlat<P extends Tree>(like: P, values: number[]): P {
  let at = 0;
  return treeFrom(
    like,
    treeTensors(like).map((x) => tf.tensor(values.slice(at, (at += x.size)), x.shape)),
  );
}

/**
 * The dense Hessian from central differences of the first derivative. With a step of 0.01 the differences are wrong by h²/6·f⁗ ≈ 2e-5·f⁗ and, by rounding, 1e-7/h ≈ 1e-5.
 * The kinks of relu are further away than the step in the cases below.
 */
function denseHessian<P extends Tree>(f: (p: P) => tf.Scalar, parameters: P): number[][] {
  const at = flat(parameters);
  const step = 0.01;
  const gradientAt = (i: number, by: number) => tf.tidy(() => flat(valueAndGrad(f)(fromFlat(parameters, at.map((x, j) => (i === j ? x + by : x)))).grads));
  return at.map((_, i) => {
    const [up, down] = [gradientAt(i, step), gradientAt(i, -step)];
    return up.map((g, j) => (g - down[j]) / (2 * step));
  });
}

function expectProduct<P extends Tree>(f: (p: P) => tf.Scalar, parameters: P, vector: P): void {
  const expected = denseHessian(f, parameters).map((row) => dot(row, flat(vector)));
  const actual = flat(hessianVectorProduct(f, parameters, vector));
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.05);
  actual.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(2e-3));
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('hessianVectorProduct', () => {
  it('of a quadratic is the product with its matrix, damped', () => {
    const matrix = tf.tensor2d([[4, 1], [1, 3]]);
    const f = (p: { x: tf.Tensor }) => p.x.reshape([1, 2]).matMul(matrix).mul(p.x).sum().mul(0.5) as tf.Scalar;
    expect(flat(hessianVectorProduct(f, { x: tf.tensor1d([0.3, -2]) }, { x: tf.tensor1d([1, 2]) }))).toEqual([6, 7]);
    expect(flat(hessianVectorProduct(f, { x: tf.tensor1d([0.3, -2]) }, { x: tf.tensor1d([1, 2]) }, { damping: 0.5 }))).toEqual([6.5, 8]);
  });

  it('is zero for a linear function and for what the function does not reach', () => {
    const f = (p: { x: tf.Tensor; y: tf.Tensor }) => p.x.sum().mul(3) as tf.Scalar;
    const at = { x: tf.tensor1d([1, 2]), y: tf.scalar(1) };
    expect(flat(hessianVectorProduct(f, at, at))).toEqual([0, 0, 0]);
  });

  const activations: { readonly [name: string]: (x: tf.Tensor) => tf.Tensor } = { tanh: tf.tanh, relu: tf.relu, sigmoid: tf.sigmoid, elu: tf.elu, softplus: tf.softplus, gelu: (x) => x.mul(tf.erf(x.div(Math.SQRT2)).add(1)).mul(0.5) };

  it.each(Object.keys(activations))('of the KL divergence of a categorical policy with %s is the Fisher-vector product, not zero', (name) => {
    tf.tidy(() => {
      const rng = Rng.fromSeed(6).foldIn(name);
      const observations = rng.normal([6, 3]);
      const logits = (p: Net) => activations[name](observations.matMul(p.w1).add(p.b1)).matMul(p.w2).add(p.b2);
      const kl = (p: Net) => {
        const own = tf.logSoftmax(logits(p));
        const old = stopGradient(own);
        return old.exp().mul(old.sub(own)).sum(-1).mean() as tf.Scalar;
      };
      const policy = net(rng);
      const vector = net(rng.foldIn('vector'));
      // No kink of relu within the reach of the differences.
      expect(Math.min(...flat(observations.matMul(policy.w1).add(policy.b1)).map(Math.abs))).toBeGreaterThan(name === 'relu' ? 0.03 : 0);
      const old = logits(policy).logSoftmax();
      const klFromHere = (p: Net) => old.exp().mul(old.sub(tf.logSoftmax(logits(p)))).sum(-1).mean() as tf.Scalar;
      const expected = denseHessian(klFromHere, policy).map((row) => dot(row, flat(vector)));
      const actual = flat(hessianVectorProduct(kl, policy, vector));
      expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.05);
      actual.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(2e-3));
    });
  });

  it('is right through the losses of reinforcement learning', () => {
    tf.tidy(() => {
      const rng = Rng.fromSeed(11);
      const observations = rng.normal([5, 3]);
      const actions = tf.oneHot(tf.tensor1d([0, 1, 1, 0, 1], 'int32'), 2).toFloat();
      const advantages = rng.normal([5]);
      const old = rng.normal([5]).mul(0.2).sub(0.7);
      const output = (p: Net) => observations.matMul(p.w1).add(p.b1).tanh().matMul(p.w2).add(p.b2);
      const losses: ((p: Net) => tf.Scalar)[] = [
        (p) => {
          const ratio = tf.logSoftmax(output(p)).mul(actions).sum(-1).sub(old).exp();
          return tf.minimum(ratio.mul(advantages), ratio.clipByValue(0.8, 1.2).mul(advantages)).mean().neg() as tf.Scalar;
        },
        (p) => tf.logSumExp(output(p), -1).square().mean() as tf.Scalar,
        (p) => tf.maximum(output(p).slice([0, 0], [5, 1]), output(p).slice([0, 1], [5, 1])).square().mean() as tf.Scalar,
        (p) => output(p).max(-1).softplus().mean() as tf.Scalar,
        (p) => tf.logSigmoid(output(p).sum(-1).mul(advantages)).mean() as tf.Scalar,
      ];
      for (const loss of losses) expectProduct(loss, net(rng.foldIn('net')), net(rng.foldIn('vector')));
    });
  });

  it('leaks nothing', () => {
    const parameters = net(Rng.fromSeed(1));
    const f = (p: Net) => tf.ones([1, 3]).matMul(p.w1).add(p.b1).tanh().matMul(p.w2).add(p.b2).softmax().square().sum() as tf.Scalar;
    const before = tensorCount();
    const product = hessianVectorProduct(f, parameters, parameters, { damping: 0.1 });
    expect(tensorCount()).toBe(before + 4);
    disposeTree(product);
    expect(tensorCount()).toBe(before);
  });
});

describe('hessianVectorProduct with conjugateGradient', () => {
  it('finds the Newton step', () => {
    type Point = { x: tf.Tensor; y: tf.Tensor };
    const f = (p: Point) => p.x.square().sum().mul(2).add(p.y.square().mul(3).sum()).add(p.x.sum().mul(p.y.sum())) as tf.Scalar;
    const at: Point = { x: tf.tensor1d([1, -2]), y: tf.tensor1d([0.5]) };
    const { grads } = valueAndGrad(f)(at);
    const step = conjugateGradient((v: Point) => hessianVectorProduct(f, at, v), grads);
    flat(treeMap((x, d) => x.sub(d), at, step)).forEach((x) => expect(x).toBeCloseTo(0, 5));
  });
});
