import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../tf.js';
import { compile } from './compile.js';

const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 1e-8, -1e-8, 3.5, -2.5, 0.5, 1e20, -1e20];
const floats = (): tf.Tensor => tf.tensor1d(special);
const ints = (): tf.Tensor => tf.tensor1d([-7, -3, -1, 0, 1, 2, 5, 100], 'int32');
const divisors = (): tf.Tensor => tf.tensor1d([2, -2, 3, 5, -4, 7, -5, 9], 'int32');
const truths = (): tf.Tensor => tf.tensor1d([true, false, true, true], 'bool');

type Op = (...x: tf.Tensor[]) => tf.Tensor;

/** Values and types at the edges of what an op is defined for. */
const cases: readonly [string, readonly tf.Tensor[], Op][] = [
  ...(
    [
      ['abs', tf.abs], ['neg', tf.neg], ['sign', (x) => tf.sign(tf.where(x.isNaN(), tf.onesLike(x), x))], ['floor', tf.floor], ['ceil', tf.ceil], ['round', tf.round], ['square', tf.square], ['isNaN', tf.isNaN], ['isInf', tf.isInf], ['isFinite', tf.isFinite],
      ['tanh', tf.tanh], ['sigmoid', tf.sigmoid], ['expm1', (x) => tf.expm1(tf.clipByValue(x, -90, 80))], ['log1p', (x) => tf.log1p(tf.abs(x))], ['atan', tf.atan], ['elu', tf.elu], ['step', (x) => tf.step(tf.where(x.isNaN(), tf.zerosLike(x), x), 0.25)],
      ['log', (x) => tf.log(x.abs())], ['sqrt', (x) => tf.sqrt(x.abs())], ['greater', (x) => x.greater(0)], ['maximum', (x) => tf.maximum(x, x.neg())], ['equal to itself', (x) => x.equal(x)], ['notEqual', (x) => x.notEqual(0)],
    ] as [string, Op][]
  ).map(([name, op]): [string, tf.Tensor[], Op] => [`${name} of special floats`, [floats()], op]),
  ['expm1 keeps small numbers', [tf.tensor1d([1e-10, -1e-6, 1e-4, 0.3, -0.99, 2])], (x) => tf.expm1(x).div(x)],
  ['log1p keeps small numbers', [tf.tensor1d([1e-10, -1e-6, 1e-4, 0.3, -0.99, 2])], (x) => tf.log1p(x).div(x)],
  ['atan2 in all quadrants', [tf.tensor1d([1, 1, -1, -1, 0, 0, 1, -1, 0]), tf.tensor1d([1, -1, 1, -1, 1, -1, 0, 0, 0])], (a, b) => tf.atan2(a, b)],
  ['mod of floats', [tf.tensor1d([5.5, -5.5, 5.5, -5.5, 4, -4]), tf.tensor1d([2, 2, -2, -2, 2, 2])], (a, b) => tf.mod(a, b)],
  ['mod of integers', [ints(), divisors()], (a, b) => tf.mod(a, b)],
  ['floorDiv of integers', [ints(), divisors()], (a, b) => tf.floorDiv(a, b)],
  ['div of integers', [ints(), divisors()], (a, b) => tf.div(a, b)],
  ['pow of integers', [ints(), tf.tensor1d([1, 2, 3, 4, 5, 6, 2, 3], 'int32')], (a, b) => tf.pow(a, b)],
  ['arithmetic of integers', [ints(), divisors()], (a, b) => a.mul(b).sub(a).add(b).maximum(a).abs().neg()],
  ['sums of integers', [ints()], (x) => x.reshape([2, 4]).sum(1)],
  ['max of integers', [ints()], (x) => x.reshape([2, 4]).max(0)],
  ['cumsum of integers', [ints()], (x) => x.cumsum()],
  ['argMax with ties', [tf.tensor2d([1, 3, 3, 2, 2, 0], [2, 3])], (x) => x.argMax(1)],
  ['argMin with ties', [tf.tensor2d([1, 3, 1, 2, 2, 0], [3, 2])], (x) => x.argMin(0)],
  ['topk values with ties', [tf.tensor2d([1, 3, 3, 2, 2, 0, 5, 5], [2, 4])], (x) => tf.topk(x, 3).values],
  ['topk indices with ties', [tf.tensor2d([1, 3, 3, 2, 2, 0, 5, 5], [2, 4])], (x) => tf.topk(x, 3).indices],
  ['casts', [tf.tensor1d([-1.7, -0.2, 0, 0.9, 2.5])], (x) => tf.stack([x.toInt().toFloat(), x.toBool().toFloat(), x.toInt().toBool().toFloat()])],
  ['truth values in arithmetic', [truths()], (x) => x.toInt().add(x).mul(x)],
  ['any', [truths()], (x) => x.reshape([2, 2]).any(1)],
  ['all', [truths()], (x) => x.reshape([2, 2]).all(1)],
  ['sum of truth values', [truths()], (x) => x.sum()],
  ['where by rows', [tf.tensor2d([true, false], [2, 1], 'bool'), tf.ones([2, 3]), tf.zeros([2, 3])], (c, a, b) => tf.where(c, a, b)],
  ['concat, gather, pad and slice of truth values', [truths()], (x) => tf.gather(tf.concat([x, x]), ints().abs().mod(tf.scalar(8, 'int32'))).reshape([2, 4]).pad([[0, 1], [1, 0]]).slice([1, 0], [2, 3])],
  ['oneHot outside of the classes', [tf.tensor1d([0, 2, 3, -1], 'int32')], (x) => tf.oneHot(x, 3)],
  ['oneHot with other values', [tf.tensor2d([0, 2, 1, 1], [2, 2], 'int32')], (x) => tf.oneHot(x, 3, 5, -5, 'float32')],
  ['lowerBound', [tf.tensor2d([0, 1, 1, 2, 1, 3, 5, 9], [2, 4]), tf.tensor2d([1, 1.5, 4, -1], [2, 2])], (s, v) => tf.lowerBound(s, v)],
  ['upperBound', [tf.tensor2d([0, 1, 1, 2, 1, 3, 5, 9], [2, 4]), tf.tensor2d([1, 1.5, 4, -1], [2, 2])], (s, v) => tf.upperBound(s, v)],
  ['scatterND adds duplicates', [tf.tensor2d([0, 2, 0, 2, 2], [5, 1], 'int32'), tf.tensor1d([1, 2, 3, 4, 5])], (i, x) => tf.scatterND(i, x, [4])],
  ['scatterND of integers', [tf.tensor2d([0, 0, 1, 1, 0, 0], [3, 2], 'int32'), tf.tensor1d([1, 2, 3], 'int32')], (i, x) => tf.scatterND(i, x, [2, 2])],
  ['tensorScatterUpdate', [tf.tensor1d([1, 2, 3, 4]), tf.tensor2d([3, 1], [2, 1], 'int32'), tf.tensor1d([9, 8])], (x, i, u) => tf.tensorScatterUpdate(x, i, u)],
  ['maxPoolWithArgmax', [tf.tensor4d(Array.from({ length: 64 }, (_, i) => Math.sin(3 * i)), [2, 4, 4, 2])], (x) => tf.maxPoolWithArgmax(x as tf.Tensor4D, 2, 2, 'same', true).indexes],
  ['flipLeftRight', [tf.tensor4d([1, 2, 3, 4, 5, 6], [1, 2, 3, 1])], (x) => tf.image.flipLeftRight(x as tf.Tensor4D)],
  ['range, linspace and eye are constants', [tf.ones([3, 3])], (x) => x.add(tf.range(0, 3)).mul(tf.linspace(1, 2, 3)).add(tf.eye(3))],
  ['reverse of one axis', [tf.tensor3d(Array.from({ length: 12 }, (_, i) => i), [2, 3, 2])], (x) => tf.reverse(x, 1)],
  ['stridedSlice backwards', [tf.tensor1d([0, 1, 2, 3, 4, 5, 6])], (x) => tf.stridedSlice(x, [-1], [-8], [-2])],
  ['tile that is no broadcast', [tf.tensor2d([1, 2, 3, 4], [2, 2])], (x) => tf.tile(x, [1, 3])],
  ['unstack and stack', [tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3])], (x) => tf.stack(tf.unstack(x, 1).reverse(), -1)],
  ['depthwise convolution with a multiplier and dilation', [tf.tensor4d(Array.from({ length: 50 }, (_, i) => Math.cos(i)), [1, 5, 5, 2]), tf.tensor4d(Array.from({ length: 16 }, (_, i) => Math.sin(i)), [2, 2, 2, 2])], (x, f) => tf.depthwiseConv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same', 'NHWC', 2)],
  ['a scatter, whose order of additions is fixed', [tf.tensor1d(Array.from({ length: 3000 }, (_, i) => i % 3), 'int32'), tf.tensor1d(Array.from({ length: 3000 }, (_, i) => Math.sin(i)))], (i, x) => tf.unsortedSegmentSum(x, i as tf.Tensor1D, 3)],
];

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('kernels at their edges, compiled and eager', () => {
  it.each(cases)('%s', async (_, inputs, op) => {
    const f = compile((x: readonly tf.Tensor[]) => ({ out: op(...x) }), {
      warn: (line) => {
        throw new Error(line);
      },
    });
    const { out } = await f(inputs);
    const expected = tf.tidy(() => op(...inputs));
    const actual = out.toTensors();
    expect(actual.dtype).toBe(expected.dtype);
    expect(actual.shape).toEqual(expected.shape);
    const [got, wanted] = [[...actual.dataSync()], [...expected.dataSync()]];
    got.forEach((value, i) => {
      if (Number.isFinite(wanted[i])) expect(Math.abs(value - wanted[i]), `${got} instead of ${wanted}`).toBeLessThanOrEqual(2e-6 * (1 + Math.abs(wanted[i])));
      else expect(value, `${got} instead of ${wanted}`).toBe(wanted[i]);
    });
    await f.dispose();
  });
});
