import type { Rng } from '@rivulet/engine';
import { defineTask } from './defineTask.js';
import { formulaText, formulaValue, randomFormula, reduceFormula } from './formula.js';
import type { Formula } from './formula.js';
import { quoted, right, wrong } from './verdicts.js';
import type { TokenTask, Verdict } from './tokenTask.js';

/** What {@link logicTask} takes. */
export interface LogicTaskOptions {
  /** 'evaluate' a formula of constants, or 'satisfy' one of variables; 'evaluate' unless given. */
  readonly kind?: 'evaluate' | 'satisfy';
  /** The most operators; 6 unless given. */
  readonly maxOperators?: number;
  /** Variables of 'satisfy': a, b, …, 1 … 5 of them; 3 unless given. */
  readonly variables?: number;
  /** 0.1 unless given. */
  readonly heldOut?: number;
}

/** What the verifier of {@link logicTask} knows. */
export type LogicData = { readonly formula: Formula };

/**
 * Small logic with & (and), | (or), ! (not). 'evaluate': `(T&!F)|F=` is reduced round by round, `(T&T)|F;T|F;T#T`. 'satisfy': `(a|!b)&b:` asks for values that make it true, `#a=T,b=T`; every
 * assignment that does counts, and variables left out are F. Level l has l operators.
 *
 * @throws when an option is out of range.
 */
export function logicTask({ kind = 'evaluate', maxOperators = 6, variables = 3, heldOut }: LogicTaskOptions = {}): TokenTask<LogicData> {
  if (!Number.isInteger(variables) || variables < 1 || variables > 5) throw new Error(`logicTask: variables must be an integer in 1 .. 5, got ${variables}`);
  const names = [...'abcde'].slice(0, variables);
  return defineTask<LogicData>({
    name: `logicTask ${kind}`,
    alphabet: kind === 'evaluate' ? 'TF&|!()=;#' : `TF&|!()=:,#${names.join('')}`,
    levels: maxOperators,
    answerLimit: 100,
    heldOut,
    draw: (rng, level) => (kind === 'evaluate' ? evaluation(rng, level) : satisfaction(rng, level, names)),
    check: (answer, { data }) => (kind === 'evaluate' ? checkValue(answer, data.formula) : checkAssignment(answer, data.formula, names)),
  });
}

type Drawn = { prompt: string; solution: string; data: LogicData };

function evaluation(rng: Rng, operators: number): Drawn {
  const formula = randomFormula(rng, operators, ['T', 'F']);
  const lines: string[] = [];
  let left = formula;
  while (typeof left !== 'string') {
    left = reduceFormula(left);
    lines.push(formulaText(left));
  }
  return { prompt: `${formulaText(formula)}=`, solution: `${lines.join(';')}#${left}`, data: { formula } };
}

function satisfaction(rng: Rng, operators: number, names: readonly string[]): Drawn {
  for (;;) {
    const formula = randomFormula(rng, operators, names);
    const found = assignments(names).find((values) => formulaValue(formula, values));
    if (found === undefined) continue;
    const text = names.map((name) => `${name}=${found[name] ? 'T' : 'F'}`).join();
    return { prompt: `${formulaText(formula)}:`, solution: `#${text}`, data: { formula } };
  }
}

function assignments(names: readonly string[]): { [name: string]: boolean }[] {
  return Array.from({ length: 2 ** names.length }, (_, bits) => Object.fromEntries(names.map((name, i) => [name, ((bits >> i) & 1) === 1])));
}

function checkValue(answer: string, formula: Formula): Verdict {
  if (answer !== 'T' && answer !== 'F') return wrong('malformed', `${quoted(answer)} is neither T nor F`);
  return (answer === 'T') === formulaValue(formula, {}) ? right : wrong('wrong', `${answer} is not its value`);
}

function checkAssignment(answer: string, formula: Formula, names: readonly string[]): Verdict {
  const values: { [name: string]: boolean } = Object.fromEntries(names.map((name) => [name, false]));
  const seen = new Set<string>();
  for (const part of answer.split(',')) {
    const match = /^ ?([a-e])=([TF])$/.exec(part);
    if (match === null || !names.includes(match[1]) || seen.has(match[1])) return wrong('malformed', `${quoted(part)} gives no value to a variable that has none yet`);
    seen.add(match[1]);
    values[match[1]] = match[2] === 'T';
  }
  return formulaValue(formula, values) ? right : wrong('wrong', `${quoted(answer)} makes it false`);
}
