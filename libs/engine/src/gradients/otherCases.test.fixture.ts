import { tf } from '../tf.js';
import type { Case } from './opCases.test.fixture.js';

const as1d = (x: tf.Tensor): tf.Tensor1D => x as tf.Tensor1D;
const as2d = (x: tf.Tensor): tf.Tensor2D => x as tf.Tensor2D;
const as3d = (x: tf.Tensor): tf.Tensor3D => x as tf.Tensor3D;
const as4d = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const as5d = (x: tf.Tensor): tf.Tensor5D => x as tf.Tensor5D;
const ints = (values: number[], shape: number[] = [values.length]): tf.Tensor => tf.tensor(values, shape, 'int32');
const words = (): tf.Tensor1D => tf.tensor1d(['a b', 'c d e'], 'string');
const boxes = (x: tf.Tensor): tf.Tensor2D => tf.concat([x.mul(0.1), x.mul(0.1).add(1)], 1) as tf.Tensor2D;

/** Ops that are not differentiated, or not everywhere: what each of them can do is written in OPS.md, and nothing is required. Those that need whole numbers make them of their input. */
export const otherCases: Case[] = [
  { name: 'isNaN', shapes: [[2, 3]], op: (x) => tf.isNaN(x).toFloat().add(x) },
  { name: 'isInf', shapes: [[2, 3]], op: (x) => tf.isInf(x).toFloat().add(x) },
  { name: 'isFinite', shapes: [[2, 3]], op: (x) => tf.isFinite(x).toFloat().mul(x) },
  { name: 'argMin', shapes: [[2, 3]], op: (x) => x.argMin(-1).toFloat().add(x.sum(-1)) },
  { name: 'topk, indices', shapes: [[2, 4]], op: (x) => tf.topk(x, 2).indices.toFloat().add(x.sum(-1, true)) },
  { name: 'oneHot', shapes: [[4]], op: (x) => tf.oneHot(x.abs().toInt(), 3).toFloat().mul(x.expandDims(1)) },
  { name: 'lowerBound', shapes: [[2, 3]], op: (x) => tf.lowerBound(tf.tensor2d([-1, 0, 1, -1, 0, 1], [2, 3]), x).toFloat().add(x) },
  { name: 'upperBound', shapes: [[2, 3]], op: (x) => tf.upperBound(tf.tensor2d([-1, 0, 1, -1, 0, 1], [2, 3]), x).toFloat().add(x) },
  { name: 'bitwiseAnd', shapes: [[4]], op: (x) => tf.bitwiseAnd(x.mul(9).toInt(), ints([1, 3, 5, 7])).toFloat() },
  { name: 'bincount', shapes: [[4]], op: (x) => tf.bincount(as1d(x.abs().toInt()), tf.tensor1d([1, 2, 3, 4]), 3) },
  { name: 'denseBincount', shapes: [[2, 3]], op: (x) => tf.denseBincount(as2d(x.abs().toInt()), tf.ones([2, 3]), 3) },
  { name: 'unique', shapes: [[6]], op: (x) => tf.unique(x.toInt()).values.toFloat() },
  { name: 'range', shapes: [[3]], op: (x) => tf.range(0, 3, 1, 'float32').mul(x) },
  { name: 'linspace', shapes: [[3]], op: (x) => tf.linspace(1, 2, 3).mul(x) },
  { name: 'eye', shapes: [[3, 3]], op: (x) => tf.eye(3).mul(x) },
  { name: 'fill', shapes: [[3]], op: (x) => tf.fill([3], 0.5).mul(x) },
  { name: 'diag', shapes: [[3]], op: (x) => tf.diag(x) },
  { name: 'broadcastArgs', shapes: [[3]], op: (x) => tf.broadcastArgs(x.mul(0).add(2).toInt(), ints([1, 2, 2])).toFloat() },
  { name: 'tensorScatterUpdate', shapes: [[4], [2]], op: (x, u) => tf.tensorScatterUpdate(x, ints([3, 1], [2, 1]), u) },
  { name: 'sparseToDense', shapes: [[2]], op: (x) => tf.sparseToDense(ints([1, 3]), x, [4], 0) },
  { name: 'stack, one part', shapes: [[2, 3]], op: (x) => tf.stack([x], 1) },
  { name: 'concat, one part', shapes: [[2, 3]], op: (x) => tf.concat([x], 1) },
  { name: 'linalg.bandPart', shapes: [[3, 3]], op: (x) => tf.linalg.bandPart(x, 1, 0) },
  { name: 'linalg.qr', shapes: [[3, 2]], op: (x) => tf.linalg.qr(x.add(tf.eye(3, 2).mul(4)))[1] },
  { name: 'localResponseNormalization', shapes: [[1, 2, 2, 3]], op: (x) => tf.localResponseNormalization(as4d(x), 2) },
  // Of a distribution that leaves no choice: the backends draw other numbers.
  { name: 'multinomial', shapes: [[2, 3]], op: (x) => tf.multinomial(as2d(x.add(tf.tensor1d([0, 99, 0]))), 3, 7, false).toFloat() },
  { name: 'complex and its real and imag', shapes: [[3], [3]], op: (a, b) => tf.real(tf.complex(a, b)).add(tf.imag(tf.complex(a, b)).mul(2)) },
  { name: 'abs of a complex tensor', shapes: [[3], [3]], op: (a, b) => tf.abs(tf.complex(a, b)) },
  { name: 'spectral.fft', shapes: [[4], [4]], op: (a, b) => tf.real(tf.spectral.fft(tf.complex(a, b))) },
  { name: 'spectral.ifft', shapes: [[4], [4]], op: (a, b) => tf.real(tf.spectral.ifft(tf.complex(a, b))) },
  { name: 'spectral.rfft', shapes: [[4]], op: (x) => tf.real(tf.spectral.rfft(x)) },
  { name: 'spectral.irfft', shapes: [[3], [3]], op: (a, b) => tf.spectral.irfft(tf.complex(a, b)) },
  { name: 'fused.conv2d', shapes: [[1, 3, 3, 2], [2, 2, 2, 2], [2]], op: (x, filter, bias) => tf.fused.conv2d({ x: as4d(x), filter: as4d(filter), strides: 1, pad: 'valid', bias, activation: 'sigmoid' }) },
  { name: 'fused.depthwiseConv2d', shapes: [[1, 3, 3, 2], [2, 2, 2, 1], [2]], op: (x, filter, bias) => tf.fused.depthwiseConv2d({ x: as4d(x), filter: as4d(filter), strides: 1, pad: 'valid', bias, activation: 'sigmoid' }) },
  { name: 'fused.matMul', shapes: [[2, 3], [3, 2], [2]], op: (a, b, bias) => tf.fused.matMul({ a: as2d(a), b: as2d(b), bias, activation: 'sigmoid' }) },
  { name: 'separableConv2d', shapes: [[1, 3, 3, 2], [2, 2, 2, 1], [1, 1, 2, 2]], op: (x, depth, point) => tf.separableConv2d(as4d(x), as4d(depth), as4d(point), 1, 'valid') },
  { name: 'conv3d', shapes: [[1, 2, 3, 2, 1], [2, 2, 1, 1, 2]], op: (x, f) => tf.conv3d(as5d(x), as5d(f), 1, 'valid') },
  { name: 'conv3d, same, stride 2', shapes: [[2, 3, 3, 2, 2], [2, 2, 2, 2, 2]], op: (x, f) => tf.conv3d(as5d(x), as5d(f), 2, 'same') },
  { name: 'conv3dTranspose', shapes: [[1, 2, 2, 1, 1], [2, 2, 1, 1, 1]], op: (x, f) => tf.conv3dTranspose(as5d(x), as5d(f), [1, 3, 3, 1, 1], 1, 'valid') },
  { name: 'maxPool3d', shapes: [[1, 2, 4, 2, 1]], op: (x) => tf.maxPool3d(as5d(x), 2, 2, 'valid') },
  { name: 'maxPool3d, overlapping, same', shapes: [[2, 2, 3, 3, 2]], op: (x) => tf.maxPool3d(as5d(x), 2, 1, 'same'), low: -6, high: 6 },
  { name: 'avgPool3d, overlapping, same', shapes: [[2, 2, 3, 3, 2]], op: (x) => tf.avgPool3d(as5d(x), 2, 1, 'same') },
  { name: 'avgPool3d', shapes: [[1, 2, 4, 2, 1]], op: (x) => tf.avgPool3d(as5d(x), 2, 2, 'valid') },
  { name: 'maxPoolWithArgmax', shapes: [[1, 4, 4, 1]], op: (x) => tf.maxPoolWithArgmax(as4d(x), 2, 2, 'valid').result },
  { name: 'maxPoolWithArgmax, indices', shapes: [[1, 4, 4, 2]], op: (x) => tf.maxPoolWithArgmax(as4d(x), 2, 2, 'valid').indexes.toFloat() },
  { name: 'dilation2d', shapes: [[1, 3, 3, 1], [2, 2, 1]], op: (x, f) => tf.dilation2d(as4d(x), as3d(f), 1, 'valid') },
  { name: 'image.flipLeftRight', shapes: [[1, 2, 3, 1]], op: (x) => tf.image.flipLeftRight(as4d(x)) },
  { name: 'image.cropAndResize', shapes: [[1, 4, 4, 1]], op: (x) => tf.image.cropAndResize(as4d(x), tf.tensor2d([[0.1, 0.1, 0.9, 0.8]]), ints([0]) as tf.Tensor1D, [2, 3]) },
  { name: 'image.rotateWithOffset', shapes: [[1, 3, 3, 1]], op: (x) => tf.image.rotateWithOffset(as4d(x), 0.4) },
  { name: 'image.transform', shapes: [[1, 3, 3, 1]], op: (x) => tf.image.transform(as4d(x), tf.tensor2d([[1, 0, 1, 0, 1, 0, 0, 0]])) },
  { name: 'image.nonMaxSuppression', shapes: [[4, 2], [4]], op: (x, scores) => tf.image.nonMaxSuppression(boxes(x), as1d(scores), 2).toFloat() },
  { name: 'image.nonMaxSuppressionPadded', shapes: [[4, 2], [4]], op: (x, scores) => tf.image.nonMaxSuppressionPadded(boxes(x), as1d(scores), 2).selectedIndices.toFloat() },
  { name: 'image.nonMaxSuppressionWithScore', shapes: [[4, 2], [4]], op: (x, scores) => tf.image.nonMaxSuppressionWithScore(boxes(x), as1d(scores), 2).selectedScores },
  { name: 'sparse.sparseSegmentSum', shapes: [[3, 2]], op: (x) => tf.sparse.sparseSegmentSum(x, ints([0, 1, 2]) as tf.Tensor1D, ints([0, 0, 1]) as tf.Tensor1D) },
  { name: 'sparse.sparseSegmentMean', shapes: [[3, 2]], op: (x) => tf.sparse.sparseSegmentMean(x, ints([0, 1, 2]) as tf.Tensor1D, ints([0, 0, 1]) as tf.Tensor1D) },
  { name: 'sparse.sparseReshape', shapes: [[2]], op: (x) => tf.sparse.sparseReshape(x.mul(0).toInt().reshape([1, 2]) as tf.Tensor2D, ints([2, 3]) as tf.Tensor1D, ints([3, 2]) as tf.Tensor1D).outputIndices.toFloat() },
  { name: 'sparse.sparseFillEmptyRows', shapes: [[2]], op: (x) => tf.sparse.sparseFillEmptyRows(ints([0, 0, 2, 1], [2, 2]) as tf.Tensor2D, as1d(x), ints([3, 2]) as tf.Tensor1D, tf.scalar(0)).outputValues },
  { name: 'raggedGather', shapes: [[4]], op: (x) => tf.raggedGather([ints([0, 1, 4])], x, ints([1, 0]), 1).outputDenseValues },
  { name: 'raggedRange', shapes: [[2]], op: (x) => tf.raggedRange(x, x.add(3), tf.ones([2])).rtDenseValues },
  { name: 'raggedTensorToTensor', shapes: [[4]], op: (x) => tf.raggedTensorToTensor(ints([2, 3]), x, tf.scalar(0), [ints([0, 1, 4])], ['ROW_SPLITS']) },
  { name: 'string.stringSplit', shapes: [[]], op: (x) => tf.string.stringSplit(words(), tf.scalar(' ')).shape.toFloat().mul(x) },
  { name: 'string.stringNGrams', shapes: [[]], op: (x) => tf.string.stringNGrams(words(), ints([0, 2]), ' ', [2], '', '', 0, false).nGramsSplits.toFloat().mul(x) },
  { name: 'string.stringToHashBucketFast', shapes: [[]], op: (x) => tf.string.stringToHashBucketFast(words(), 10).toFloat().mul(x) },
  { name: 'string.staticRegexReplace', shapes: [[]], op: (x) => tf.string.stringToHashBucketFast(tf.string.staticRegexReplace(words(), 'b', 'x'), 10).toFloat().mul(x) },
];
