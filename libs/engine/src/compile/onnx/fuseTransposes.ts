import { producer, splatOf, type Value } from '../graph.js';
import { sameShape } from '../shaping.js';
import type { Rewriting, Rule } from './rewrite.js';

interface Operand {
  readonly value: Value;
  readonly transposed: boolean;
  readonly factor: number;
}

/** A transpose of the last two axes, and a constant factor that nothing else reads, belong to the product; the factor only where it `scales`. */
function operandOf(value: Value, scales: boolean, { uses }: Rewriting): Operand {
  const scaled = scales && uses(value) === 1 ? producer(value, 'Mul') : undefined;
  const at = scaled?.inputs.findIndex((input) => splatOf(input) !== undefined) ?? -1;
  if (scaled !== undefined && at >= 0 && sameShape(scaled.inputs[1 - at].shape, value.shape)) {
    return { ...transposedOf(scaled.inputs[1 - at]), factor: splatOf(scaled.inputs[at])! };
  }
  return { ...transposedOf(value), factor: 1 };
}

function transposedOf(value: Value): { readonly value: Value; readonly transposed: boolean } {
  const node = producer(value, 'Transpose');
  const rank = value.shape.length;
  const order = node?.attributes.perm as readonly number[] | undefined;
  const swaps = order?.every((axis, i) => axis === (i < rank - 2 ? i : 2 * rank - 3 - i)) === true;
  return node !== undefined && swaps ? { value: node.inputs[0], transposed: true } : { value, transposed: false };
}

/** Batched products with transposed or scaled operands as one operator. For a single row by a matrix ONNX Runtime has a kernel of its own, twice as fast, which takes no factor. */
export const fuseTransposes: Rule = (node, rewriting) => {
  if (node.op !== 'MatMul' || node.inputs[0].shape.length < 3 || node.inputs[0].shape.length !== node.inputs[1].shape.length) return undefined;
  const scales = node.outputs[0].shape.at(-2) !== 1;
  const [a, b] = node.inputs.map((value) => operandOf(value, scales, rewriting));
  const alpha = a.factor * b.factor;
  if (!a.transposed && !b.transposed && alpha === 1) return undefined;
  const attributes = { transA: Number(a.transposed), transB: Number(b.transposed), alpha: { float: alpha } };
  return [rewriting.graph.node('com.microsoft.FusedMatMul', [rewriting.now(a.value), rewriting.now(b.value)], attributes, 'float32', node.outputs[0].shape)];
};
