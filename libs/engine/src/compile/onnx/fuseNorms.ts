import { sameShape } from '../shaping.js';
import { producer, splatOf, type Node, type Value } from '../graph.js';
import type { Rewriting, Rule } from './rewrite.js';

/** A mean over the last axis, which stays with size one. */
function meanOver(value: Value): Value | undefined {
  const mean = producer(value, 'ReduceMean');
  const axes = mean?.inputs[1].source;
  if (mean === undefined || axes?.kind !== 'constant' || mean.attributes.keepdims !== 1) return undefined;
  return axes.elements.length === 1 && axes.elements[0] === value.shape.length - 1 ? mean.inputs[0] : undefined;
}

/** x divided by √(mean x² + epsilon), written as a quotient or as a product with the reciprocal. */
function divided(node: Node): { readonly x: Value; readonly epsilon: number } | undefined {
  for (const [x, other] of [node.inputs, [...node.inputs].reverse()]) {
    const root = node.op === 'Div' && x === node.inputs[0] ? other : node.op === 'Mul' ? producer(other, 'Reciprocal')?.inputs[0] : undefined;
    const shifted = root === undefined ? undefined : producer(root, 'Sqrt')?.inputs[0];
    const sum = shifted === undefined ? undefined : producer(shifted, 'Add');
    if (sum === undefined) continue;
    const at = sum.inputs.findIndex((value) => splatOf(value) !== undefined);
    const squares = at < 0 ? undefined : meanOver(sum.inputs[1 - at]);
    const square = squares === undefined ? undefined : producer(squares, 'Mul');
    if (square?.inputs[0] === x && square.inputs[1] === x) return { x, epsilon: splatOf(sum.inputs[at])! };
  }
  return undefined;
}

/** The other operand of an operator on a value. */
const otherOf = ({ inputs }: Node, value: Value): Value => (inputs[0] === value ? inputs[1] : inputs[0]);

const isVector = (value: Value, size: number): boolean => sameShape(value.shape, [size]);

interface Affine {
  readonly scale: Value;
  readonly offset?: Value;
}

/** What a sum or a product with a vector does to a value that nothing else reads: scale alone, or scale and offset. */
function affineOn(node: Node, { uses }: Rewriting): { readonly normal: Node; readonly affine: Affine } | undefined {
  const size = node.outputs[0].shape.at(-1)!;
  const readOnce = (value: Value): Node | undefined => (value.source.kind === 'node' && uses(value) === 1 ? value.source.node : undefined);
  for (const value of node.inputs) {
    const inner = readOnce(value);
    const vector = otherOf(node, value);
    if (inner === undefined || !isVector(vector, size)) continue;
    if (node.op === 'Mul' && divided(inner) !== undefined) return { normal: inner, affine: { scale: vector } };
    if (node.op !== 'Add' || inner.op !== 'Mul') continue;
    for (const normal of inner.inputs) {
      const source = readOnce(normal);
      if (source !== undefined && isVector(otherOf(inner, normal), size) && divided(source) !== undefined) return { normal: source, affine: { scale: otherOf(inner, normal), offset: vector } };
    }
  }
  return undefined;
}

function centredOf(x: Value): Value | undefined {
  const difference = producer(x, 'Sub');
  return difference !== undefined && meanOver(difference.inputs[1]) === difference.inputs[0] ? difference.inputs[0] : undefined;
}

/**
 * scale·(x - mean) / √(variance + epsilon) + offset as one `LayerNormalization`, and scale·x / √(mean x² + epsilon) as one `SimplifiedLayerNormalization`, where nothing else
 * reads what is between: without gradients. With them, the parts are needed anyway, and computing them once is faster.
 */
export function fuseNorms(contributed: boolean): Rule {
  return (node, rewriting) => {
    if (node.op !== 'Add' && node.op !== 'Mul') return undefined;
    const found = affineOn(node, rewriting);
    if (found === undefined) return undefined;
    const { graph, uses, now } = rewriting;
    const { normal, affine } = found;
    const { x, epsilon } = divided(normal)!;
    const { shape } = node.outputs[0];
    const attributes = { axis: shape.length - 1, epsilon: { float: epsilon } };
    // Read by the square, twice, and by the quotient.
    const centred = uses(x) === 3 ? centredOf(x) : undefined;
    if (centred !== undefined && sameShape(centred.shape, shape)) {
      const vectors = [affine.scale, ...(affine.offset === undefined ? [] : [affine.offset])].map(now);
      return [graph.node('LayerNormalization', [now(centred), ...vectors], attributes, 'float32', shape)];
    }
    const plain = affine.offset === undefined && sameShape(x.shape, shape);
    return plain && contributed ? [graph.node('SimplifiedLayerNormalization', [now(x), now(affine.scale)], attributes, 'float32', shape)] : undefined;
  };
}
