import type { Rng } from '@rivulet/engine';
import { checkInteger } from './checkInteger.js';
import { defineTask } from './defineTask.js';
import { pick } from './pick.js';
import type { TokenTask } from './tokenTask.js';

/** An operation of {@link arithmeticTask}. */
export type ArithmeticOp = '+' | '-' | '*';

/**
 * How a worked solution is written: 'direct' is the answer alone, `#46`; 'steps' one operation at a time, `12+34=46;46-5=41#41`; 'carry' column addition from the right,
 * `45+78>5+8=13,4+7+1=12>123#123`.
 */
export type ArithmeticStyle = 'direct' | 'steps' | 'carry';

/** What {@link arithmeticTask} takes. */
export interface ArithmeticTaskOptions {
  /** ['+'] unless given. */
  readonly ops?: readonly ArithmeticOp[];
  /** The most digits of an operand; 2 unless given. */
  readonly digits?: number;
  /** The most operations in a chain; 1 unless given. */
  readonly steps?: number;
  /** The value is taken modulo this, in 0 … modulus − 1. */
  readonly modulus?: number;
  /** 'steps' unless given; of several, each solution takes one at random. */
  readonly style?: ArithmeticStyle | readonly ArithmeticStyle[];
  /** 0.1 unless given. */
  readonly heldOut?: number;
}

/** What the verifier of {@link arithmeticTask} knows: the operands, the operations between them, and the value. A type, since only types are JSON. */
export type ArithmeticData = { readonly operands: readonly number[]; readonly ops: readonly ArithmeticOp[]; readonly value: number };

/**
 * Arithmetic in text: prompts such as `12+34=`, `(7+35)*4-8=`, `(12+34)%7=`, worked from left to right, with the answer behind `#`.
 * Level l ≤ digits is one operation on numbers of up to l digits (the first has just l); beyond, the chain grows by one operation a level: digits + steps − 1 levels.
 * Sums and products in another order are the same problem, and so in the same split. Problems are held out, their steps are not: a held-out sum can be a step of a chain to train on.
 *
 * @throws when an option is out of range, the values could leave the safe integers, or 'carry' is asked for with other operations than '+'.
 */
export function arithmeticTask({ ops = ['+'], digits = 2, steps = 1, modulus, style = 'steps', heldOut }: ArithmeticTaskOptions = {}): TokenTask<ArithmeticData> {
  const styles = typeof style === 'string' ? [style] : style;
  checkOptions({ ops, digits, steps, modulus, style: styles });
  return defineTask<ArithmeticData>({
    name: 'arithmeticTask',
    alphabet: '0123456789+-*()%=;>,#',
    levels: digits + steps - 1,
    answerLimit: 40,
    heldOut,
    draw(rng, level) {
      const [size, count] = [Math.min(level, digits), Math.max(1, level - digits + 1)];
      const chain = Array.from({ length: count }, () => pick(rng, ops));
      const operands = Array.from({ length: count + 1 }, (_, i) => operand(rng, size, i === 0));
      const form = pick(rng, styles);
      const plain = written(operands, chain);
      const total = running(operands, chain)[count];
      const value = modulus === undefined ? total : ((total % modulus) + modulus) % modulus;
      const work = form === 'direct' ? [] : [...worked(operands, chain, form), ...(modulus === undefined ? [] : [`${total}%${modulus}=${value}`])];
      return {
        prompt: modulus === undefined ? `${plain}=` : `(${plain})%${modulus}=`,
        solution: `${work.join(';')}#${value}`,
        tags: [...new Set<string>(chain), ...(value < 0 ? ['negative'] : [])],
        data: { operands, ops: chain, value },
      };
    },
    key({ data }) {
      const commutes = data.ops.every((op) => op === data.ops[0]) && data.ops[0] !== '-';
      return written(commutes ? [...data.operands].sort((a, b) => a - b) : data.operands, data.ops);
    },
    check: (answer, { data }) => checkInteger(answer, data.value),
  });
}

/** Uniform among the numbers of at most `size` digits, or of just so many. */
function operand(rng: Rng, size: number, exactly: boolean): number {
  const low = exactly && size > 1 ? 10 ** (size - 1) : 0;
  return low + rng.nextInt(10 ** size - low);
}

/** The values after each operation, the first operand to begin with. */
function running(operands: readonly number[], ops: readonly ArithmeticOp[]): number[] {
  const values = [operands[0]];
  ops.forEach((op, i) => values.push(op === '+' ? values[i] + operands[i + 1] : op === '-' ? values[i] - operands[i + 1] : values[i] * operands[i + 1]));
  return values;
}

/** The chain as an expression whose usual reading is from left to right: brackets stand where a product follows a sum. */
function written(operands: readonly number[], ops: readonly ArithmeticOp[]): string {
  return ops.reduce((text, op, i) => {
    const sum = i > 0 && ops[i - 1] !== '*';
    return `${op === '*' && sum ? `(${text})` : text}${op}${operands[i + 1]}`;
  }, String(operands[0]));
}

function worked(operands: readonly number[], ops: readonly ArithmeticOp[], style: ArithmeticStyle): string[] {
  const values = running(operands, ops);
  return ops.map((op, i) => {
    const task = `${values[i]}${op}${operands[i + 1]}`;
    return style === 'carry' ? `${task}>${columns(values[i], operands[i + 1])}>${values[i + 1]}` : `${task}=${values[i + 1]}`;
  });
}

/** Column addition from the right, as `5+8=13,4+7+1=12`. */
function columns(a: number, b: number): string {
  const lines: string[] = [];
  for (let carry = 0; a > 0 || b > 0 || lines.length === 0; a = Math.floor(a / 10), b = Math.floor(b / 10)) {
    const sum = (a % 10) + (b % 10) + carry;
    lines.push(`${a % 10}+${b % 10}${carry > 0 ? '+1' : ''}=${sum}`);
    carry = sum > 9 ? 1 : 0;
  }
  return lines.join(',');
}

function checkOptions({ ops, digits, steps, modulus, style }: Required<Pick<ArithmeticTaskOptions, 'ops' | 'digits' | 'steps'>> & { modulus: number | undefined; style: readonly ArithmeticStyle[] }): void {
  const positive = (name: string, value: number): void => {
    if (!Number.isInteger(value) || value < 1) throw new Error(`arithmeticTask: ${name} must be a positive integer, got ${value}`);
  };
  positive('digits', digits);
  positive('steps', steps);
  if (modulus !== undefined) positive('modulus', modulus);
  if (ops.length === 0 || ops.some((op) => !['+', '-', '*'].includes(op))) throw new Error(`arithmeticTask: ops must be some of '+', '-' and '*', got [${ops.join(', ')}]`);
  if (style.length === 0 || style.some((form) => !['direct', 'steps', 'carry'].includes(form))) throw new Error(`arithmeticTask: style must be 'direct', 'steps' or 'carry', got [${style.join(', ')}]`);
  const most = ops.includes('*') ? digits * (steps + 1) : digits + Math.ceil(Math.log10(steps + 1));
  if (most > 15) throw new Error(`arithmeticTask: values could have ${most} digits, 15 are exact; take fewer digits or steps`);
  if (style.includes('carry') && ops.some((op) => op !== '+')) throw new Error("arithmeticTask: the style 'carry' is for '+' alone");
}
