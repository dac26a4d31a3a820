import { Rng } from '../rng.js';
import { tf } from '../tf.js';

export type Shape = readonly number[];
export type Op = (...x: tf.Tensor[]) => tf.Tensor;

/** An op, the shapes of its inputs, and the interval that their values come from. */
export interface Case {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly op: Op;
  readonly low?: number;
  readonly high?: number;
}

const as2d = (x: tf.Tensor) => x as tf.Tensor2D;
const as4d = (x: tf.Tensor) => x as tf.Tensor4D;
const ints = (values: number[], shape: number[] = [values.length]) => tf.tensor(values, shape, 'int32');

function unary(low: number, high: number, ops: { readonly [name: string]: (x: tf.Tensor) => tf.Tensor }): Case[] {
  return Object.entries(ops).map(([name, op]) => ({ name, shapes: [[2, 3]], op, low, high }));
}

function binary(low: number, high: number, ops: { readonly [name: string]: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor }): Case[] {
  const pairs: [string, Shape, Shape][] = [
    ['same shape', [2, 3], [2, 3]],
    ['row broadcast', [2, 3], [3]],
    ['column broadcast', [2, 1], [2, 3]],
    ['both broadcast', [2, 1], [1, 3]],
    ['scalar left', [], [3]],
    ['scalar right', [2, 2], []],
  ];
  return Object.entries(ops).flatMap(([name, op]) => pairs.map(([how, a, b]) => ({ name: `${name}, ${how}`, shapes: [a, b], op: op as Op, low, high })));
}

function reductions(low: number, high: number, ops: { readonly [name: string]: (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor }): Case[] {
  const forms: [string, number | number[] | undefined, boolean][] = [
    ['all', undefined, false],
    ['first axis', 0, false],
    ['last axis by -1', -1, false],
    ['middle axis kept', 1, true],
    ['axes 0 and 2', [0, 2], false],
    ['axes -1 and 1 kept', [-1, 1], true],
  ];
  return Object.entries(ops).flatMap(([name, op]) =>
    forms.map(([how, axis, keepDims]) => ({ name: `${name}, ${how}`, shapes: [[2, 3, 2]], op: (x) => op(x, axis, keepDims), low, high })),
  );
}

function scans(low: number, high: number, ops: { readonly [name: string]: (x: tf.Tensor, axis: number, exclusive: boolean, reverse: boolean) => tf.Tensor }): Case[] {
  const cases: Case[] = [];
  for (const [name, op] of Object.entries(ops)) {
    for (const axis of [0, 1, 2]) {
      for (const [exclusive, reverse] of [[false, false], [true, false], [false, true], [true, true]]) {
        // A square matrix hides a wrong transposition from the shape checks.
        cases.push({ name: `${name}, axis ${axis}${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`, shapes: [[2, 3, 3]], op: (x) => op(x, axis, exclusive, reverse), low, high });
      }
    }
  }
  return cases;
}

/** Every op that the libraries use, in every form that has its own gradient. */
export const cases: Case[] = [
  ...unary(-2, 2, {
    abs: tf.abs, neg: tf.neg, square: tf.square, exp: tf.exp, expm1: tf.expm1, tanh: tf.tanh, sigmoid: tf.sigmoid, logSigmoid: tf.logSigmoid, softplus: tf.softplus, relu: tf.relu, elu: tf.elu, selu: tf.selu,
    leakyRelu: (x) => tf.leakyRelu(x, 0.1), sin: tf.sin, cos: tf.cos, sinh: tf.sinh, cosh: tf.cosh, atan: tf.atan, asinh: tf.asinh, erf: tf.erf, clipByValue: (x) => tf.clipByValue(x, -1.3, 1.3),
    'clipByValue on one side': (x) => tf.clipByValue(x, -Infinity, 1.3), sign: (x) => tf.sign(x).mul(x), step: (x) => tf.step(x).mul(x),
    'zerosLike and onesLike': (x) => tf.zerosLike(x).add(tf.onesLike(x)).mul(x), clone: (x) => tf.clone(x), mish: (x) => x.mul(tf.tanh(tf.softplus(x))),
    'gelu by erf': (x) => x.mul(tf.erf(x.div(Math.SQRT2)).add(1)).mul(0.5), swish: (x) => x.mul(tf.sigmoid(x)),
  }),
  // -1.2, -0.7, -0.2, 0.3, 0.8, 1.3: away from the integers and the halves.
  ...unary(-1.45, 1.55, { floor: (x) => tf.floor(x).mul(x), ceil: (x) => tf.ceil(x).mul(x), round: (x) => tf.round(x).mul(x), 'cast to integers': (x) => x.toInt().toFloat().mul(x) }),
  ...unary(0.7, 2.7, { log: tf.log, log1p: tf.log1p, sqrt: tf.sqrt, rsqrt: tf.rsqrt, reciprocal: tf.reciprocal, 'pow(x, 3)': (x) => tf.pow(x, 3), 'pow(x, -0.5)': (x) => tf.pow(x, -0.5) }),
  ...unary(-0.8, 0.8, { asin: tf.asin, acos: tf.acos, atanh: tf.atanh, tan: tf.tan }),
  ...unary(1.4, 3, { acosh: tf.acosh }),
  ...unary(-2.5, 9, { relu6: tf.relu6 }),
  ...binary(-2, 2, {
    add: tf.add, sub: tf.sub, mul: tf.mul, maximum: tf.maximum, minimum: tf.minimum, squaredDifference: tf.squaredDifference, atan2: (a, b) => tf.atan2(a, b.square().add(0.7)),
    where: (a, b) => tf.where(a.greater(b), a.square(), b), equal: (a, b) => a.equal(b).toFloat().add(a).mul(b), notEqual: (a, b) => a.notEqual(b).toFloat().mul(a).mul(b),
    less: (a, b) => a.less(b).toFloat().mul(a).mul(b), lessEqual: (a, b) => a.lessEqual(b).toFloat().mul(a).mul(b), greater: (a, b) => a.greater(b).toFloat().mul(a).mul(b), greaterEqual: (a, b) => a.greaterEqual(b).toFloat().mul(a).mul(b),
    'logical ops': (a, b) => a.greater(b).logicalAnd(a.greater(-9)).logicalOr(b.less(a).logicalNot()).logicalXor(a.less(b)).toFloat().mul(a).mul(b), addN: (a, b) => tf.addN([a.mul(b), b.mul(a).square(), a.mul(b)]),
  }),
  ...binary(0.7, 2.5, { div: tf.div, pow: tf.pow, divNoNan: tf.divNoNan }),
  // The quotients stay between 0.5 and 2, so that the only jump is at a = b.
  ...binary(1.6, 3.1, { floorDiv: (a, b) => tf.floorDiv(a, b).mul(a).add(b) }),
  { name: 'mod', shapes: [[2, 3], [3]], op: (a, b) => tf.mod(a, b), low: 1.2, high: 2.38 },
  { name: 'prelu', shapes: [[2, 3], [3]], op: (x, slope) => tf.prelu(x.add(0.21), slope) },
  { name: 'prelu, one slope', shapes: [[2, 3], [1]], op: (x, slope) => tf.prelu(x.add(0.21), slope) },
  ...reductions(-2, 2, {
    sum: tf.sum, mean: tf.mean, max: tf.max, min: tf.min, logSumExp: tf.logSumExp, variance: (x, axis, keepDims) => tf.moments(x, axis, keepDims).variance,
    argMax: (x) => x.argMax(-1).toFloat().add(x.sum(-1).square()), any: (x) => x.greater(1).any(-1).toFloat().add(x.sum(-1).square()), all: (x) => x.greater(-1).all(-1).toFloat().add(x.sum(-1).square()),
  }),
  ...reductions(-1.5, 1.5, { prod: tf.prod }),
  { name: 'norm, euclidean', shapes: [[2, 3]], op: (x) => tf.norm(x) },
  { name: 'norm, euclidean of rows', shapes: [[2, 3]], op: (x) => tf.norm(x, 'euclidean', 1) },
  { name: 'norm, 1', shapes: [[2, 3]], op: (x) => tf.norm(x, 1, 1) },
  { name: 'norm, infinity', shapes: [[2, 3]], op: (x) => tf.norm(x, Infinity, 1, true), low: -2, high: 1.3 },
  { name: 'softmax', shapes: [[2, 3]], op: (x) => tf.softmax(x) },
  { name: 'softmax, rank 3', shapes: [[2, 2, 3]], op: (x) => tf.softmax(x) },
  { name: 'logSoftmax', shapes: [[2, 3]], op: (x) => tf.logSoftmax(x) },
  { name: 'logSoftmax, rank 3', shapes: [[2, 2, 3]], op: (x) => tf.logSoftmax(x) },
  { name: 'logSoftmax, chained', shapes: [[2, 3]], op: (x) => x.logSoftmax() },
  { name: 'logSigmoid, chained', shapes: [[2, 3]], op: (x) => x.logSigmoid() },
  ...scans(-2, 2, { cumsum: (x, axis, exclusive, reverse) => tf.cumsum(x, axis, exclusive, reverse) }),
  ...scans(-1.5, 1.5, { cumprod: (x, axis, exclusive, reverse) => tf.cumprod(x, axis, exclusive, reverse) }),
  { name: 'cumsum, axis -1', shapes: [[3, 3]], op: (x) => tf.cumsum(x, -1) },
  { name: 'cumsum, axis -2', shapes: [[3, 3]], op: (x) => tf.cumsum(x, -2) },
  { name: 'cumprod, axis -2', shapes: [[3, 3]], op: (x) => tf.cumprod(x, -2) },
  { name: 'matMul', shapes: [[2, 3], [3, 2]], op: (a, b) => tf.matMul(a, b) },
  { name: 'matMul, transposed left', shapes: [[3, 2], [3, 2]], op: (a, b) => tf.matMul(a, b, true, false) },
  { name: 'matMul, transposed right', shapes: [[2, 3], [2, 3]], op: (a, b) => tf.matMul(a, b, false, true) },
  { name: 'matMul, both transposed', shapes: [[3, 2], [2, 3]], op: (a, b) => tf.matMul(a, b, true, true) },
  { name: 'matMul, batch', shapes: [[2, 2, 3], [2, 3, 2]], op: (a, b) => tf.matMul(a, b) },
  { name: 'matMul, 3-D by 2-D', shapes: [[2, 2, 3], [3, 2]], op: (a, b) => tf.matMul(a, b) },
  { name: 'matMul, 3-D by 2-D, transposed right', shapes: [[2, 2, 3], [2, 3]], op: (a, b) => tf.matMul(a, b, false, true) },
  { name: 'matMul, 3-D by 2-D, transposed left', shapes: [[2, 3, 2], [3, 2]], op: (a, b) => tf.matMul(a, b, true, false) },
  { name: 'matMul, 2-D by 3-D', shapes: [[2, 3], [2, 3, 2]], op: (a, b) => tf.matMul(a, b) },
  { name: 'matMul, 2-D by 3-D, both transposed', shapes: [[3, 2], [2, 2, 3]], op: (a, b) => tf.matMul(a, b, true, true) },
  { name: 'matMul, broadcast batch', shapes: [[2, 1, 2, 2], [1, 2, 2, 2]], op: (a, b) => tf.matMul(a, b) },
  { name: 'matMul, broadcast batch of one', shapes: [[1, 2, 3], [2, 3, 2]], op: (a, b) => tf.matMul(a, b, false, false) },
  { name: 'matMul, batch, both transposed', shapes: [[2, 3, 2], [2, 2, 3]], op: (a, b) => tf.matMul(a, b, true, true) },
  { name: 'matMul, broadcast leading batch', shapes: [[2, 2, 2, 1], [2, 1, 2]], op: (a, b) => tf.matMul(a, b) },
  { name: 'dot', shapes: [[3], [3]], op: (a, b) => tf.dot(a, b) },
  { name: 'outerProduct', shapes: [[2], [3]], op: (a, b) => tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D) },
  ...(
    [
      ['ab,bc->ac', [2, 3], [3, 2]], ['abc,cd->abd', [2, 2, 3], [3, 2]], ['bhtd,bhsd->bhts', [1, 2, 2, 2], [1, 2, 3, 2]], ['ab,ab->a', [2, 3], [2, 3]], ['ab,ab->', [2, 3], [2, 3]], ['a,b->ab', [2], [3]],
      ['ab,c->c', [2, 2], [3]], ['ab->ba', [2, 3]], ['abc->b', [2, 2, 3]], ['ab->', [2, 3]], ['abc,ad->cd', [2, 2, 2], [2, 3]], ['ab,bc,cd->ad', [2, 2], [2, 3], [3, 2]], ['ab,ab->ab', [2, 3], [2, 3]],
    ] as [string, ...Shape[]][]
  ).map(([equation, ...shapes]): Case => ({ name: `einsum ${equation}`, shapes, op: (...x) => tf.einsum(equation, ...x) })),
  { name: 'gather, axis 0 with repeats', shapes: [[3, 2]], op: (x) => tf.gather(x, ints([2, 0, 2, 1]), 0) },
  { name: 'gather, axis 1', shapes: [[2, 3, 2]], op: (x) => tf.gather(x, ints([2, 0, 2]), 1) },
  { name: 'gather, axis -1', shapes: [[2, 3]], op: (x) => tf.gather(x, ints([2, 2]), -1) },
  { name: 'gather, axis -2', shapes: [[2, 3, 2]], op: (x) => tf.gather(x, ints([1, 1]), -2) },
  { name: 'gather, indices of rank 2', shapes: [[4, 2]], op: (x) => tf.gather(x, ints([3, 0, 1, 3, 3, 2], [2, 3]), 0) },
  { name: 'gather, batchDims 1', shapes: [[2, 3]], op: (x) => tf.gather(x, ints([2, 0, 1, 1], [2, 2]), 1, 1) },
  { name: 'gather, batchDims 1 with inner axis', shapes: [[2, 3, 2]], op: (x) => tf.gather(x, ints([2, 0, 1, 1], [2, 2]), 1, 1) },
  { name: 'gather at argMax', shapes: [[4]], op: (x) => tf.gather(x, x.argMax()).mul(x) },
  { name: 'gatherND', shapes: [[2, 3]], op: (x) => tf.gatherND(x, ints([0, 1, 1, 2, 0, 1], [3, 2])) },
  { name: 'scatterND', shapes: [[3, 2]], op: (x) => tf.scatterND(ints([0, 2, 0], [3, 1]), x, [4, 2]) },
  { name: 'unsortedSegmentSum', shapes: [[4, 2]], op: (x) => tf.unsortedSegmentSum(x, ints([1, 0, 1, 2]) as tf.Tensor1D, 3) },
  { name: 'booleanMask by oneHot', shapes: [[2, 3]], op: (x) => tf.oneHot(x.argMax(-1), 3).toFloat().mul(x).sum(-1) },
  { name: 'topk, of one element', shapes: [[2, 1]], op: (x) => tf.topk(x, 1).values },
  { name: 'unstack, one part', shapes: [[1, 3]], op: (x) => tf.unstack(x, 0)[0] },
  { name: 'split, one part', shapes: [[2, 3]], op: (x) => tf.split(x, 1, 1)[0] },
  { name: 'topk', shapes: [[2, 4]], op: (x) => tf.topk(x, 2).values },
  { name: 'slice', shapes: [[3, 4]], op: (x) => tf.slice(x, [1, 0], [2, 3]) },
  { name: 'stridedSlice', shapes: [[4, 3]], op: (x) => tf.stridedSlice(x, [0, 2], [4, 0], [2, -1]) },
  { name: 'stridedSlice with masks', shapes: [[4, 3]], op: (x) => tf.stridedSlice(x, [1, 1], [3, 3], [1, 1], 1, 2, 0, 0, 2) },
  { name: 'split', shapes: [[2, 5]], op: (x) => { const [a, b] = tf.split(x, [2, 3], 1); return a.mul(b.slice([0, 0], [2, 2])); } },
  { name: 'split, one part unused', shapes: [[2, 5]], op: (x) => tf.split(x, [2, 3], 1)[1] },
  { name: 'concat', shapes: [[2, 2], [2, 3]], op: (a, b) => tf.concat([a, b], 1) },
  { name: 'concat, axis -2', shapes: [[1, 3], [2, 3]], op: (a, b) => tf.concat([a, b], -2) },
  { name: 'stack', shapes: [[2, 2], [2, 2]], op: (a, b) => tf.stack([a, b, a], 1) },
  { name: 'unstack', shapes: [[3, 2]], op: (x) => { const [a, b, c] = tf.unstack(x, 0); return a.mul(b).add(c); } },
  { name: 'pad', shapes: [[2, 3]], op: (x) => tf.pad(x, [[1, 0], [0, 2]], 0.5) },
  { name: 'mirrorPad, reflect', shapes: [[3, 4]], op: (x) => tf.mirrorPad(as2d(x), [[1, 2], [3, 0]], 'reflect') },
  { name: 'mirrorPad, symmetric', shapes: [[3, 4]], op: (x) => tf.mirrorPad(as2d(x), [[1, 2], [3, 4]], 'symmetric') },
  { name: 'tile', shapes: [[2, 3]], op: (x) => tf.tile(x, [2, 3]) },
  { name: 'tile, rank 5', shapes: [[1, 2, 1, 2, 1]], op: (x) => tf.tile(x, [2, 1, 1, 2, 3]) },
  { name: 'broadcastTo', shapes: [[2, 1]], op: (x) => tf.broadcastTo(x, [3, 2, 4]) },
  { name: 'transpose', shapes: [[2, 3, 2]], op: (x) => tf.transpose(x, [2, 0, 1]) },
  { name: 'reshape', shapes: [[2, 3]], op: (x) => tf.reshape(x, [3, 2]) },
  { name: 'expandDims and squeeze', shapes: [[2, 1]], op: (x) => x.expandDims(0).squeeze([2]) },
  { name: 'reverse', shapes: [[2, 3]], op: (x) => tf.reverse(x, [-1]) },
  { name: 'spaceToBatchND', shapes: [[1, 2, 2, 1]], op: (x) => tf.spaceToBatchND(x, [2, 2], [[0, 0], [0, 0]]) },
  { name: 'batchToSpaceND', shapes: [[4, 1, 1, 1]], op: (x) => tf.batchToSpaceND(x, [2, 2], [[0, 0], [0, 0]]) },
  { name: 'depthToSpace', shapes: [[1, 1, 2, 4]], op: (x) => tf.depthToSpace(as4d(x), 2) },
  { name: 'where, a constant condition, broadcast', shapes: [[2, 3], [3]], op: (a, b) => tf.where(tf.tensor([true, false], [2, 1], 'bool'), a, b) },
  { name: 'conv1d', shapes: [[1, 4, 2], [2, 2, 2]], op: (x, f) => tf.conv1d(x as tf.Tensor3D, f as tf.Tensor3D, 1, 'same') },
  { name: 'conv1d, causal and dilated', shapes: [[1, 5, 2], [2, 2, 1]], op: (x, f) => tf.conv1d(x.pad([[0, 0], [2, 0], [0, 0]]) as tf.Tensor3D, f as tf.Tensor3D, 1, 'valid', 'NWC', 2) },
  { name: 'conv2d, valid', shapes: [[1, 3, 3, 2], [2, 2, 2, 2]], op: (x, f) => tf.conv2d(as4d(x), as4d(f), 1, 'valid') },
  { name: 'conv2d, same, stride 2', shapes: [[1, 4, 3, 1], [3, 2, 1, 2]], op: (x, f) => tf.conv2d(as4d(x), as4d(f), [2, 2], 'same') },
  { name: 'conv2d, stride 2 that leaves a border unused', shapes: [[1, 4, 4, 1], [3, 3, 1, 1]], op: (x, f) => tf.conv2d(as4d(x), as4d(f), 2, 'valid') },
  { name: 'conv2d, padded by numbers', shapes: [[1, 3, 3, 1], [2, 2, 1, 2]], op: (x, f) => tf.conv2d(as4d(x), as4d(f), 1, 1) },
  { name: 'conv2dTranspose', shapes: [[1, 2, 2, 1], [2, 2, 2, 1]], op: (x, f) => tf.conv2dTranspose(as4d(x), as4d(f), [1, 3, 3, 2], 1, 'valid') },
  { name: 'depthwiseConv2d', shapes: [[1, 3, 3, 2], [2, 2, 2, 1]], op: (x, f) => tf.depthwiseConv2d(as4d(x), as4d(f), 1, 'valid') },
  { name: 'maxPool', shapes: [[1, 4, 4, 1]], op: (x) => tf.maxPool(as4d(x), 2, 2, 'valid') },
  { name: 'maxPool, overlapping, same', shapes: [[1, 3, 4, 1]], op: (x) => tf.maxPool(as4d(x), 3, 2, 'same') },
  { name: 'maxPool, negative windows', shapes: [[1, 4, 4, 1]], op: (x) => tf.maxPool(as4d(x), 2, 2, 'valid'), low: -3, high: -1 },
  { name: 'avgPool', shapes: [[1, 4, 4, 1]], op: (x) => tf.avgPool(as4d(x), 2, 2, 'valid') },
  { name: 'avgPool, overlapping, same', shapes: [[1, 3, 4, 1]], op: (x) => tf.avgPool(as4d(x), 3, 2, 'same') },
  { name: 'resizeBilinear', shapes: [[1, 2, 3, 1]], op: (x) => tf.image.resizeBilinear(as4d(x), [4, 5]) },
  { name: 'resizeNearestNeighbor', shapes: [[1, 2, 3, 1]], op: (x) => tf.image.resizeNearestNeighbor(as4d(x), [4, 5]) },
  { name: 'batchNorm', shapes: [[3, 2], [2], [2], [2], [2]], op: (x, m, v, o, s) => tf.batchNorm(x, m as tf.Tensor1D, v.square().add(0.5) as tf.Tensor1D, o as tf.Tensor1D, s as tf.Tensor1D) },
  { name: 'layer norm by hand', shapes: [[2, 4]], op: (x) => { const { mean, variance } = tf.moments(x, -1, true); return x.sub(mean).mul(variance.add(1e-3).rsqrt()); } },
  { name: 'dropout with a fixed seed', shapes: [[2, 3]], op: (x) => tf.dropout(x, 0.4, undefined, 3) },
  { name: 'attention', shapes: [[1, 3, 2], [1, 3, 2]], op: (q, k) => tf.matMul(tf.softmax(tf.matMul(q, k, false, true).add(tf.tensor2d([0, -1e9, -1e9, 0, 0, -1e9, 0, 0, 0], [3, 3]))), k) },
  { name: 'PPO clip', shapes: [[4], [4]], op: (logp, advantage) => { const ratio = tf.exp(logp); return tf.minimum(ratio.mul(advantage), tf.clipByValue(ratio, 0.6, 1.6).mul(advantage)); } },
];


/** Values of an op's interval, all different, and the same in every run. */
export function inputsOf({ name, shapes, low = -2, high = 2 }: Case): tf.Tensor[] {
  const sizes = shapes.map((shape) => shape.reduce((a, b) => a * b, 1));
  const total = sizes.reduce((a, b) => a + b, 0);
  const order = Rng.fromSeed(7).foldIn(name).permutation(total);
  let at = 0;
  return shapes.map((shape, i) => {
    const values = Array.from({ length: sizes[i] }, () => low + ((high - low) * (order[at++] + 0.5)) / total);
    return tf.tensor(values, [...shape]);
  });
}
