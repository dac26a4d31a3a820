import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { tensorCount } from './tensorCount.js';
import { tf } from './tf.js';
import { disposeTree } from './tree.js';
import { valueAndGrad } from './valueAndGrad.js';

const numbers = (x: tf.Tensor) => [...x.dataSync<'float32'>()];

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('valueAndGrad', () => {
  it('returns the value, the auxiliary outputs and a gradient like the parameters', () => {
    const parameters = { layer: { w: tf.tensor1d([1, 2]) }, list: [tf.scalar(3)] as const };
    const result = valueAndGrad((p: typeof parameters, x: tf.Tensor) => {
      const y = p.layer.w.mul(x).sum().mul(p.list[0]) as tf.Scalar;
      return { loss: y, aux: { double: y.mul(2), nested: [p.layer.w.square()] } };
    })(parameters, tf.tensor1d([5, 7]));
    expect(numbers(result.loss)).toEqual([57]);
    expect(numbers(result.aux.double)).toEqual([114]);
    expect(numbers(result.aux.nested[0])).toEqual([1, 4]);
    expect(numbers(result.grads.layer.w)).toEqual([15, 21]);
    expect(numbers(result.grads.list[0])).toEqual([19]);
    expectTypeOf(result.grads).toEqualTypeOf<typeof parameters>();
  });

  it('takes a loss that returns just a scalar', () => {
    const { loss, aux, grads } = valueAndGrad((p: { x: tf.Tensor }) => p.x.square().sum() as tf.Scalar)({ x: tf.tensor1d([3]) });
    expect([numbers(loss), aux, numbers(grads.x)]).toEqual([[9], {}, [6]]);
  });

  it('gives zeros for a parameter that the loss does not reach, also when it reaches none', () => {
    const parameters = { used: tf.scalar(2), unused: tf.tensor2d([[1, 2]]) };
    const some = valueAndGrad((p: typeof parameters) => p.used.square() as tf.Scalar)(parameters);
    expect([numbers(some.grads.used), some.grads.unused.shape, numbers(some.grads.unused)]).toEqual([[4], [1, 2], [0, 0]]);
    const none = valueAndGrad((_: typeof parameters) => tf.scalar(5))(parameters);
    expect([numbers(none.loss), numbers(none.grads.used), numbers(none.grads.unused)]).toEqual([[5], [0], [0, 0]]);
  });

  it('leaks nothing and frees nothing of the caller', () => {
    const parameters = { w: tf.tensor1d([1, 2]) };
    const outside = tf.scalar(3);
    const before = tensorCount();
    const result = valueAndGrad((p: typeof parameters) => ({ loss: p.w.tanh().mul(outside).sum() as tf.Scalar, aux: { outside, w: p.w, y: p.w.exp() } }))(parameters);
    expect(tensorCount()).toBe(before + 5);
    disposeTree(result.loss, result.aux, result.grads);
    expect(tensorCount()).toBe(before);
    expect([numbers(outside), numbers(parameters.w)]).toEqual([[3], [1, 2]]);
    tf.tidy(() => void valueAndGrad((p: typeof parameters) => ({ loss: p.w.exp().sum() as tf.Scalar, aux: { y: p.w.exp() } }))(parameters));
    expect(tensorCount()).toBe(before);
  });

  it('gives results that survive and die with the tidy around the call', () => {
    const x = tf.scalar(2);
    const before = tensorCount();
    const grads = tf.tidy(() => valueAndGrad((p: tf.Tensor) => p.square() as tf.Scalar)(x).grads);
    expect(tensorCount()).toBe(before + 1);
    expect(numbers(grads)).toEqual([4]);
  });

  it('differentiates a gradient, and its auxiliary outputs', () => {
    const third = (x: tf.Tensor) => {
      const first = (p: tf.Tensor) => valueAndGrad((q: tf.Tensor) => ({ loss: q.tanh() as tf.Scalar, aux: { square: q.square() } }))(p);
      const second = (p: tf.Tensor) => valueAndGrad((q: tf.Tensor) => first(q).grads as tf.Scalar)(p);
      return { second: second(x).grads, third: valueAndGrad((q: tf.Tensor) => second(q).grads as tf.Scalar)(x).grads, throughAux: valueAndGrad((q: tf.Tensor) => first(q).aux.square as tf.Scalar)(x).grads };
    };
    const before = tensorCount();
    tf.tidy(() => {
      const t = Math.tanh(0.7);
      const result = third(tf.scalar(0.7));
      expect(numbers(result.second)[0]).toBeCloseTo(-2 * t * (1 - t * t), 5);
      expect(numbers(result.third)[0]).toBeCloseTo((1 - t * t) * (6 * t * t - 2), 5);
      expect(numbers(result.throughAux)[0]).toBeCloseTo(1.4, 5);
    });
    expect(tensorCount()).toBe(before);
  });

  it('keeps the levels of nested derivatives apart', () => {
    // d/dx [x · d/dy (x·y) at y = x] = d/dx [x·x] = 2x; were x and y confused, the inner derivative would be 2x and the result 4x.
    const nested = valueAndGrad((x: tf.Tensor) => x.mul(valueAndGrad((y: tf.Tensor) => x.mul(y) as tf.Scalar)(x).grads) as tf.Scalar);
    expect(numbers(nested(tf.scalar(3)).grads)).toEqual([6]);
  });

  it('tells the places of a tensor that stands twice in the tree apart', () => {
    const shared = tf.scalar(3);
    const { grads } = valueAndGrad((p: { a: tf.Tensor; b: tf.Tensor }) => p.a.square().mul(p.b) as tf.Scalar)({ a: shared, b: shared });
    expect([numbers(grads.a), numbers(grads.b)]).toEqual([[18], [9]]);
  });

  it('refuses a loss that is no scalar, and parameters without tensors', () => {
    expect(() => valueAndGrad((x: tf.Tensor) => x as tf.Scalar)(tf.tensor1d([1, 2]))).toThrow('the loss must be a scalar tensor, got the shape [2]');
    expect(() => valueAndGrad(() => tf.scalar(1))({})).toThrow('hold no tensor');
  });
});
