import { producer, splatOf, type Node, type NodeAttributes, type Value } from '../graph.js';
import { type Product, productOf } from './productOf.js';
import type { Rewriting, Rule } from './rewrite.js';

/** Coefficients of a polynomial, the constant first. */
type Polynomial = readonly number[];

const HIGHEST = 3;
/** Operators within one another; deeper ones are not looked at. */
const DEEPEST = 8;

const plus = (a: Polynomial, b: Polynomial, sign: number): Polynomial => Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + sign * (b[i] ?? 0));

function times(a: Polynomial, b: Polynomial): Polynomial | undefined {
  if (a.length + b.length - 2 > HIGHEST) return undefined;
  const product = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((left, i) => b.forEach((right, j) => (product[i + j] += left * right)));
  return product;
}

/** A value as a polynomial of another one, up to the third power. */
function polynomialIn(x: Value, value: Value, depth = 0): Polynomial | undefined {
  if (value === x) return [0, 1];
  const constant = splatOf(value);
  if (constant !== undefined) return [constant];
  if (value.source.kind !== 'node' || depth === DEEPEST) return undefined;
  const { op, inputs } = value.source.node;
  if (op !== 'Mul' && op !== 'Add' && op !== 'Sub') return undefined;
  const [a, b] = inputs.map((input) => polynomialIn(x, input, depth + 1));
  if (a === undefined || b === undefined) return undefined;
  return op === 'Mul' ? times(a, b) : plus(a, b, op === 'Add' ? 1 : -1);
}

/** The same up to the rounding of the constants. */
const isPolynomial = (found: Polynomial | undefined, wanted: Polynomial): boolean =>
  found !== undefined && plus(found, wanted, -1).every((difference, i) => Math.abs(difference) <= 1e-6 * Math.abs(wanted[i] ?? 0));

const TANH = Math.sqrt(2 / Math.PI);
const CUBE = 0.044715;

interface Fused {
  readonly op: string;
  readonly alpha?: number;
}

/** What x·constant·gate is, where the gate is a function of x that nothing else reads. */
function gated(x: Value, gate: Value, constant: number, { uses }: Rewriting): Fused | undefined {
  const sigmoid = producer(gate, 'Sigmoid');
  if (sigmoid !== undefined) return constant === 1 ? bySigmoid(polynomialIn(x, sigmoid.inputs[0])) : undefined;
  const sum = producer(gate, 'Add');
  const at = sum?.inputs.findIndex((value) => splatOf(value) === 1) ?? -1;
  if (sum === undefined || at < 0 || constant !== 0.5) return undefined;
  const inner = sum.inputs[1 - at];
  if (uses(inner) !== 1) return undefined;
  const [erf, tanh] = ['Erf', 'Tanh'].map((op) => producer(inner, op)?.inputs[0]);
  if (erf !== undefined && isPolynomial(polynomialIn(x, erf), [0, Math.SQRT1_2])) return { op: 'Gelu' };
  return tanh !== undefined && isPolynomial(polynomialIn(x, tanh), [0, TANH, 0, TANH * CUBE]) ? { op: 'FastGelu' } : undefined;
}

/** x·σ(αx), and the approximation of GELU by tanh, whose half is a sigmoid of twice the argument. */
function bySigmoid(argument: Polynomial | undefined): Fused | undefined {
  if (isPolynomial(argument, [0, 2 * TANH, 0, 2 * TANH * CUBE])) return { op: 'FastGelu' };
  return argument?.length === 2 && argument[0] === 0 ? { op: 'QuickGelu', alpha: argument[1] } : undefined;
}

const productAt = ({ inputs }: Node, rewriting: Rewriting): Product => {
  const [a, b] = inputs.map((input) => productOf(input, rewriting));
  return { constant: a.constant * b.constant, factors: [...a.factors, ...b.factors] };
};

/**
 * GELU by the error function or by tanh, and x·σ(αx), as one operator each, where nothing else reads what is between: without gradients. With them, the parts are needed
 * anyway, and computing them once is faster.
 */
export const fuseGelu: Rule = (node, rewriting) => {
  if (node.op !== 'Mul' || node.outputs[0].dtype !== 'float32') return undefined;
  const { constant, factors } = productAt(node, rewriting);
  if (factors.length !== 2) return undefined;
  for (const [x, gate] of [factors, [...factors].reverse()]) {
    const fused = rewriting.uses(gate) === 1 ? gated(x, gate, constant, rewriting) : undefined;
    if (fused === undefined) continue;
    const attributes: NodeAttributes = fused.alpha === undefined ? {} : { alpha: { float: fused.alpha } };
    return [rewriting.graph.node(`com.microsoft.${fused.op}`, [rewriting.now(x)], attributes, 'float32', x.shape)];
  }
  return undefined;
};
