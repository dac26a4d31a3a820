import type { Rng } from '@rivulet/engine';
import { pick } from './pick.js';

/** A formula of propositional logic: a constant or variable, a negation, or two formulas joined. */
export type Formula = string | { readonly not: Formula } | { readonly left: Formula; readonly op: '&' | '|'; readonly right: Formula };

/** A random formula with so many operators over the given atoms. */
export function randomFormula(rng: Rng, operators: number, atoms: readonly string[]): Formula {
  if (operators === 0) return pick(rng, atoms);
  if (rng.nextInt(4) === 0) return { not: randomFormula(rng, operators - 1, atoms) };
  const left = rng.nextInt(operators);
  return { left: randomFormula(rng, left, atoms), op: rng.nextInt(2) === 0 ? '&' : '|', right: randomFormula(rng, operators - 1 - left, atoms) };
}

/** A formula as text; every join but the outermost stands in brackets. */
export function formulaText(formula: Formula, outermost = true): string {
  if (typeof formula === 'string') return formula;
  if ('not' in formula) return `!${formulaText(formula.not, false)}`;
  const text = `${formulaText(formula.left, false)}${formula.op}${formulaText(formula.right, false)}`;
  return outermost ? text : `(${text})`;
}

/** The value of a formula, T and F being themselves. */
export function formulaValue(formula: Formula, values: { readonly [atom: string]: boolean }): boolean {
  if (typeof formula === 'string') return formula === 'T' || (formula !== 'F' && values[formula]);
  if ('not' in formula) return !formulaValue(formula.not, values);
  const [left, right] = [formulaValue(formula.left, values), formulaValue(formula.right, values)];
  return formula.op === '&' ? left && right : left || right;
}

/** The formula after one round: every operator whose operands are constants is replaced by its value. */
export function reduceFormula(formula: Formula): Formula {
  if (typeof formula === 'string') return formula;
  const constant = (part: Formula): boolean => part === 'T' || part === 'F';
  if ('not' in formula) return constant(formula.not) ? letter(formulaValue(formula, {})) : { not: reduceFormula(formula.not) };
  if (constant(formula.left) && constant(formula.right)) return letter(formulaValue(formula, {}));
  return { ...formula, left: reduceFormula(formula.left), right: reduceFormula(formula.right) };
}

function letter(value: boolean): string {
  return value ? 'T' : 'F';
}
