import { sizeOf } from '../../ndarray.js';
import { reshape, sameShape } from '../shaping.js';
import type { Rule } from './rewrite.js';

const operators = new Set(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min']);

/** Columns of fewer elements are not worth a reshape. */
const WORTHWHILE = 256;

/**
 * A number and a column [..., 1], as a vector: where the last axis has size one, ONNX Runtime goes from element to element, several times as slowly as along a vector. A reshape
 * is next to free, and from one such operator to the next there is none.
 */
export const flattenColumns: Rule = (node, { graph, now }) => {
  const { shape, dtype } = node.outputs[0];
  if (!operators.has(node.op) || shape.length < 2 || shape.at(-1) !== 1 || sizeOf(shape) < WORTHWHILE) return undefined;
  const column = node.inputs.findIndex((value) => sameShape(value.shape, shape));
  if (column < 0 || sizeOf(node.inputs[1 - column].shape) !== 1) return undefined;
  const inputs = node.inputs.map((value, i) => reshape(graph, now(value), i === column ? [sizeOf(shape)] : []));
  return [reshape(graph, graph.node(node.op, inputs, node.attributes, dtype, [sizeOf(shape)]), shape)];
};
