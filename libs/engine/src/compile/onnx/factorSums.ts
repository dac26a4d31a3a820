import { sizeOf } from '../../ndarray.js';
import { add, mul, sub } from '../algebra.js';
import { expand, sameShape } from '../shaping.js';
import type { Graph, Node, Value } from '../graph.js';
import { type Product, productOf } from './productOf.js';
import type { Rewriting, Rule } from './rewrite.js';

const isSum = (node: Node): boolean => (node.op === 'Add' || node.op === 'Sub') && node.outputs[0].dtype === 'float32';

/** The terms of a sum, through sums of the same shape that nothing else reads. */
function termsOf(node: Node, rewriting: Rewriting): Product[] {
  const { shape } = node.outputs[0];
  const visit = (value: Value, sign: number): Product[] => {
    const inner = value.source.kind === 'node' ? value.source.node : undefined;
    if (inner !== undefined && isSum(inner) && rewriting.uses(value) === 1 && sameShape(value.shape, shape)) return parts(inner, sign);
    const product = productOf(value, rewriting);
    return [{ ...product, constant: sign * product.constant }];
  };
  const parts = ({ op, inputs }: Node, sign: number): Product[] => [...visit(inputs[0], sign), ...visit(inputs[1], op === 'Sub' ? -sign : sign)];
  return parts(node, 1);
}

/** The factor that most terms share, the largest of those; undefined where no two share one. */
function sharedFactor(terms: readonly Product[]): Value | undefined {
  const counts = new Map<Value, number>();
  for (const { factors } of terms) for (const factor of new Set(factors)) counts.set(factor, (counts.get(factor) ?? 0) + 1);
  let best: Value | undefined;
  for (const [factor, count] of counts) {
    if (count < 2) continue;
    const [size, bestSize] = [sizeOf(factor.shape), best === undefined ? -1 : sizeOf(best.shape)];
    if (size > bestSize || (size === bestSize && count > counts.get(best!)!)) best = factor;
  }
  return best;
}

function without({ constant, factors }: Product, factor: Value): Product {
  const at = factors.indexOf(factor);
  return { constant, factors: factors.filter((_, i) => i !== at) };
}

/** Small factors first, so that the constant and they meet before they reach the large ones; then in the order of their making, in which they met before. */
function build(g: Graph, { constant, factors }: Product): Value {
  const sorted = [...factors].sort((a, b) => sizeOf(a.shape) - sizeOf(b.shape) || a.id - b.id);
  if (sorted.length === 0) return g.splat(constant, 'float32');
  return mul(g, sorted.reduce((product, factor) => mul(g, product, factor)), g.splat(constant, 'float32'));
}

/** Adds terms, those with a positive sign first, by as few multiplications as their shared factors allow. */
function sumOf(g: Graph, terms: readonly Product[]): Value {
  const factor = sharedFactor(terms);
  if (factor !== undefined) {
    const inside = terms.filter(({ factors }) => factors.includes(factor));
    const product = mul(g, sumOf(g, inside.map((term) => without(term, factor))), factor);
    const rest = terms.filter((term) => !inside.includes(term));
    return rest.length === 0 ? product : add(g, sumOf(g, rest), product);
  }
  const [first, ...others] = [...terms].sort((a, b) => Number(a.constant < 0) - Number(b.constant < 0));
  return others.reduce((sum, term) => (term.constant < 0 ? sub(g, sum, build(g, { ...term, constant: -term.constant })) : add(g, sum, build(g, term))), build(g, first));
}

/** Whether a sum is part of a larger one, which is looked at instead. */
function isInner(node: Node, { reader }: Rewriting): boolean {
  const next = reader(node.outputs[0]);
  return next !== undefined && isSum(next) && sameShape(next.outputs[0].shape, node.outputs[0].shape);
}

/**
 * a·x + b·x as (a + b)·x: the gradient of a function that uses its argument several times is such a sum. Sums of more than two terms are ordered anew, which changes
 * results by roundings.
 */
export const factorSums: Rule = (node, rewriting) => {
  if (!isSum(node) || isInner(node, rewriting)) return undefined;
  const terms = termsOf(node, rewriting);
  if (sharedFactor(terms) === undefined) return undefined;
  const become = terms.map(({ constant, factors }) => ({ constant, factors: factors.map((factor) => rewriting.now(factor)) }));
  return [expand(rewriting.graph, sumOf(rewriting.graph, become), node.outputs[0].shape)];
};
