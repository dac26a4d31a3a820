import { splatOf, type Value } from '../graph.js';
import type { Rewriting } from './rewrite.js';

/** constant·Πfactors. */
export interface Product {
  readonly constant: number;
  readonly factors: readonly Value[];
}

/** A float value as a product, through multiplications and negations that nothing else reads. */
export function productOf(value: Value, rewriting: Rewriting): Product {
  const constant = splatOf(value);
  if (constant !== undefined) return { constant, factors: [] };
  if (value.source.kind !== 'node' || value.dtype !== 'float32' || rewriting.uses(value) !== 1) return { constant: 1, factors: [value] };
  const { op, inputs } = value.source.node;
  if (op === 'Neg') {
    const inner = productOf(inputs[0], rewriting);
    return { ...inner, constant: -inner.constant };
  }
  if (op !== 'Mul') return { constant: 1, factors: [value] };
  const parts = inputs[0] === inputs[1] ? [asFactor(inputs[0]), asFactor(inputs[0])] : inputs.map((input) => productOf(input, rewriting));
  return { constant: parts[0].constant * parts[1].constant, factors: [...parts[0].factors, ...parts[1].factors] };
}

const asFactor = (value: Value): Product => ({ constant: 1, factors: [value] });
