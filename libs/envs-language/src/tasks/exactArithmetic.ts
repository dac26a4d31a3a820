/** What {@link exactArithmetic} may be told. */
export interface ExactArithmeticOptions {
  /** The longest text, in characters; 1000 unless given. */
  readonly maxLength?: number;
  /** The most digits of a number or result; 300 unless given. */
  readonly maxDigits?: number;
}

/** The exact value of an expression, as a fraction in lowest terms with a positive denominator. */
export interface ExactValue {
  readonly numerator: bigint;
  readonly denominator: bigint;
  /** The numbers written in the expression, in order. */
  readonly literals: readonly bigint[];
  /** Whether some division on the way left a remainder. */
  readonly fractional: boolean;
  readonly fault?: undefined;
}

/** Why an expression has no value. */
export interface ArithmeticFault {
  readonly fault: 'malformed' | 'divisionByZero' | 'tooLarge';
  readonly detail: string;
}

type Fraction = readonly [bigint, bigint];
type Operator = '+' | '-' | '*' | '/' | 'negate' | '(';

const RANK: { readonly [operator in Operator]: number } = { '(': 0, '+': 1, '-': 1, '*': 2, '/': 2, negate: 3 };

class Fault extends Error {
  constructor(readonly fault: ArithmeticFault['fault'], detail: string) {
    super(detail);
  }
}

/**
 * The exact value of an expression of integers, + − * /, brackets and a leading minus, in the usual order of operations. It is read by two stacks (Dijkstra's shunting yard), so depth costs no
 * recursion; the time is linear in the text, which is bounded, as numbers are. Nothing is evaluated as code, and nothing throws.
 */
export function exactArithmetic(text: string, { maxLength = 1000, maxDigits = 300 }: ExactArithmeticOptions = {}): ExactValue | ArithmeticFault {
  if (text.length > maxLength) return { fault: 'tooLarge', detail: `the expression has ${text.length} characters, at most ${maxLength} are read` };
  const reader = new Reader(maxDigits);
  try {
    return reader.read(text);
  } catch (error) {
    if (error instanceof Fault) return { fault: error.fault, detail: error.message };
    throw error;
  }
}

class Reader {
  readonly #limit: bigint;
  readonly #values: Fraction[] = [];
  readonly #operators: Operator[] = [];
  readonly #literals: bigint[] = [];
  #fractional = false;

  constructor(readonly maxDigits: number) {
    this.#limit = 10n ** BigInt(maxDigits);
  }

  read(text: string): ExactValue {
    let operandNext = true;
    for (let at = 0; at < text.length; ) {
      const symbol = text[at];
      if (symbol === ' ') at++;
      else if (isDigit(symbol)) {
        if (!operandNext) throw new Fault('malformed', `a number at position ${at} where an operation should be`);
        at = this.#number(text, at);
        operandNext = false;
      } else {
        operandNext = this.#symbol(symbol, operandNext, at);
        at++;
      }
    }
    if (operandNext) throw new Fault('malformed', 'the expression ends where a number should be');
    while (this.#operators.length > 0) this.#apply();
    const [numerator, denominator] = this.#values[0];
    return { numerator, denominator, literals: this.#literals, fractional: this.#fractional };
  }

  #number(text: string, start: number): number {
    let end = start;
    while (end < text.length && isDigit(text[end])) end++;
    if (end - start > this.maxDigits) throw new Fault('tooLarge', `a number of ${end - start} digits, at most ${this.maxDigits} are read`);
    const value = BigInt(text.slice(start, end));
    this.#literals.push(value);
    this.#values.push([value, 1n]);
    return end;
  }

  /** Takes an operation or a bracket; says whether a number must follow. */
  #symbol(symbol: string, operandNext: boolean, at: number): boolean {
    if (operandNext) {
      if (symbol !== '(' && symbol !== '-') throw new Fault('malformed', `${JSON.stringify(symbol)} at position ${at} where a number should be`);
      this.#operators.push(symbol === '(' ? '(' : 'negate');
      return true;
    }
    if (symbol === ')') {
      this.#close(at);
      return false;
    }
    if (symbol !== '+' && symbol !== '-' && symbol !== '*' && symbol !== '/') throw new Fault('malformed', `${JSON.stringify(symbol)} at position ${at} is not an operation`);
    while (this.#operators.length > 0 && RANK[this.#operators[this.#operators.length - 1]] >= RANK[symbol]) this.#apply();
    this.#operators.push(symbol);
    return true;
  }

  #close(at: number): void {
    while (this.#operators.length > 0 && this.#operators[this.#operators.length - 1] !== '(') this.#apply();
    if (this.#operators.pop() === undefined) throw new Fault('malformed', `a bracket at position ${at} closes nothing`);
  }

  #apply(): void {
    const operator = this.#operators.pop() as Operator;
    if (operator === '(') throw new Fault('malformed', 'a bracket is not closed');
    const [c, d] = this.#values.pop() as Fraction;
    if (operator === 'negate') {
      this.#push(-c, d);
      return;
    }
    const [a, b] = this.#values.pop() as Fraction;
    if (operator === '*') this.#push(a * c, b * d);
    else if (operator === '/') this.#divide(a * d, b * c);
    else this.#push(operator === '+' ? a * d + c * b : a * d - c * b, b * d);
  }

  #divide(numerator: bigint, denominator: bigint): void {
    if (denominator === 0n) throw new Fault('divisionByZero', 'a division by zero');
    if (numerator % denominator !== 0n) this.#fractional = true;
    this.#push(numerator, denominator);
  }

  #push(numerator: bigint, denominator: bigint): void {
    const divisor = greatestDivisor(numerator, denominator) * (denominator < 0n ? -1n : 1n);
    const [n, d] = [numerator / divisor, denominator / divisor];
    if (n >= this.#limit || -n >= this.#limit || d >= this.#limit) throw new Fault('tooLarge', `a result of more than ${this.maxDigits} digits`);
    this.#values.push([n, d]);
  }
}

function isDigit(symbol: string): boolean {
  return symbol >= '0' && symbol <= '9';
}

function greatestDivisor(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x === 0n ? 1n : x;
}
