import { binary, unary } from '../algebra.js';
import { producer, splatOf, type Node, type Value } from '../graph.js';
import { concat, reshape, sameShape, slice } from '../shaping.js';
import { sizeOf } from '../../ndarray.js';
import type { Rewriting, Rule } from './rewrite.js';

const ofTwo = new Set(['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min']);
const ofOne = new Set(['Neg', 'Sqrt', 'Abs', 'Reciprocal', 'Exp', 'Log', 'Tanh']);

/** What makes one vector of the parts when it is asked to. */
type Plan = () => Value;

const withoutReshape = (value: Value): Value => producer(value, 'Reshape')?.inputs[0] ?? value;

/** Parts that are neighbouring pieces of one vector. */
function piecesOf(parts: readonly Value[], { graph, now }: Rewriting): Plan | undefined {
  const pieces = parts.map(withoutReshape);
  const node = producer(pieces[0], 'Split');
  if (node === undefined || node.inputs[0].shape.length !== 1) return undefined;
  const first = node.outputs.indexOf(pieces[0]);
  if (!pieces.every((piece, i) => node.outputs[first + i] === piece)) return undefined;
  const start = node.outputs.slice(0, first).reduce((sum, { shape }) => sum + shape[0], 0);
  const size = pieces.reduce((sum, { shape }) => sum + shape[0], 0);
  return () => slice(graph, now(node.inputs[0]), [start], [size]);
}

/** An operand that is the same for all the parts: one number. */
function commonOperand(operands: readonly Value[], { graph, now }: Rewriting): Plan | undefined {
  const [first] = operands;
  if (sizeOf(first.shape) !== 1) return undefined;
  const element = splatOf(first);
  const same = operands.every((value) => value === first || (element !== undefined && Object.is(splatOf(value), element)));
  return same ? () => reshape(graph, now(first), []) : undefined;
}

/** Parts that one elementwise operator makes, which nothing else reads. */
function computed(parts: readonly Value[], rewriting: Rewriting): Plan | undefined {
  const readOnce = (value: Value): Node | undefined => (value.source.kind === 'node' && rewriting.uses(value) === 1 ? value.source.node : undefined);
  const nodes = parts.map((part) => {
    const node = readOnce(part);
    return node?.op === 'Reshape' ? readOnce(node.inputs[0]) : node;
  });
  const [first] = nodes;
  if (first === undefined || !(ofTwo.has(first.op) || ofOne.has(first.op)) || !nodes.every((node) => node?.op === first.op && node.outputs[0].dtype === first.outputs[0].dtype)) return undefined;
  const operands = first.inputs.map((_, at) => {
    const values = nodes.map((node) => node!.inputs[at]);
    const whole = values.every((value, i) => sameShape(value.shape, nodes[i]!.outputs[0].shape));
    return commonOperand(values, rewriting) ?? (whole ? joined(values, rewriting) : undefined);
  });
  if (operands.some((plan) => plan === undefined)) return undefined;
  const { graph } = rewriting;
  return () => {
    const [a, b] = operands.map((plan) => plan!());
    return b === undefined ? unary(graph, first.op, a) : binary(graph, first.op, a, b);
  };
}

const joined = (parts: readonly Value[], rewriting: Rewriting): Plan | undefined => piecesOf(parts, rewriting) ?? computed(parts, rewriting);

/** As many of the values as can be joined, from one of them on. */
function longestRun(values: readonly Value[], from: number, rewriting: Rewriting): { readonly to: number; readonly plan?: Plan } {
  let run: { readonly to: number; readonly plan?: Plan } = { to: from + 1 };
  for (let to = from + 2; to <= values.length; to++) {
    const plan = joined(values.slice(from, to), rewriting);
    if (plan === undefined) break;
    run = { to, plan };
  }
  return run;
}

/**
 * Vectors that are cut into pieces, computed with piece by piece and put together again are computed with as a whole: parameters plus updates, for one,
 * where both lie in one vector.
 */
export const joinPieces: Rule = (node, rewriting) => {
  if (node.op !== 'Concat' || node.outputs[0].shape.length !== 1) return undefined;
  const { graph, now } = rewriting;
  const parts: Value[] = [];
  for (let from = 0; from < node.inputs.length; ) {
    const { to, plan } = longestRun(node.inputs, from, rewriting);
    parts.push(plan === undefined ? now(node.inputs[from]) : plan());
    from = to;
  }
  return parts.length === node.inputs.length ? undefined : [concat(graph, parts, 0)];
};
