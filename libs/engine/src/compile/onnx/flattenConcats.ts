import { producer, type Value } from '../graph.js';
import { concat, reshape } from '../shaping.js';
import { sizeOf } from '../../ndarray.js';
import type { Rule } from './rewrite.js';

/** Vectors put together from tensors that were put together along their first axis, as stacked gradients are: one copy in the place of two. */
export const flattenConcats: Rule = (node, { graph, uses, now }) => {
  if (node.op !== 'Concat' || node.outputs[0].shape.length !== 1) return undefined;
  const parts = node.inputs.flatMap((part): readonly Value[] => {
    const whole = uses(part) === 1 ? (producer(part, 'Reshape')?.inputs[0] ?? part) : part;
    const inner = uses(whole) === 1 ? producer(whole, 'Concat') : undefined;
    if (inner === undefined || inner.attributes.axis !== 0) return [now(part)];
    return inner.inputs.map((value) => reshape(graph, now(value), [sizeOf(value.shape)]));
  });
  return parts.length === node.inputs.length ? undefined : [concat(graph, parts, 0)];
};
