import { producer, type Value } from '../graph.js';
import type { Rule } from './rewrite.js';

const axesOf = (node: { readonly inputs: readonly Value[] }): readonly number[] | undefined => {
  const source = node.inputs[1]?.source;
  return source?.kind === 'constant' ? (source.elements as readonly number[]) : undefined;
};

/** s - log Σ exp s with s = x - max x, over the last axis, is one operator, unless something else reads s. */
export const fuseLogSoftmax: Rule = (node, { graph, uses, now }) => {
  if (node.op !== 'Sub') return undefined;
  const [shifted, log] = node.inputs;
  const total = producer(log, 'Log')?.inputs[0];
  const sum = total === undefined ? undefined : producer(total, 'ReduceSum');
  const exponential = sum === undefined ? undefined : producer(sum.inputs[0], 'Exp');
  const difference = producer(shifted, 'Sub');
  const maximum = difference === undefined ? undefined : producer(difference.inputs[1], 'ReduceMax');
  if (sum === undefined || exponential?.inputs[0] !== shifted || maximum?.inputs[0] !== difference!.inputs[0] || uses(shifted) !== 2 || uses(sum.inputs[0]) !== 1) return undefined;
  const last = shifted.shape.length - 1;
  const overLast = [sum, maximum].every((each) => each.attributes.keepdims === 1 && axesOf(each)?.join() === String(last));
  return overLast ? [graph.node('LogSoftmax', [now(maximum.inputs[0])], { axis: last }, 'float32', shifted.shape)] : undefined;
};
