import { producer } from '../graph.js';
import type { Rule } from './rewrite.js';

/** Σ x² in one pass, where nothing else reads the squares. */
export const fuseSquares: Rule = (node, { graph, uses, now }) => {
  if (node.op !== 'ReduceSum' || node.outputs[0].dtype !== 'float32' || uses(node.inputs[0]) !== 1) return undefined;
  const square = producer(node.inputs[0], 'Mul');
  if (square === undefined || square.inputs[0] !== square.inputs[1]) return undefined;
  return [graph.node('ReduceSumSquare', [now(square.inputs[0]), node.inputs[1]], node.attributes, 'float32', node.outputs[0].shape)];
};
