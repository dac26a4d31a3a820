import { op, type Code } from './op.js';
import type { WasmActivation } from './scalarActivations.js';
import type { Locals } from './wasmFunction.js';

const { abs4, add4, const4, divide4, get, less4, max4, min4, multiply4, negate4, select4, set, subtract4 } = op;

/** Smallest x whose eˣ has all its bits in float32. */
const LOWEST = -87;
const ROUNDER = 1.5 * 2 ** 23;
/** The bits of 1 in float32: its exponent is 127. */
const ONE_BITS = 127 << 23;

/** Statements and then one expression are an expression. */
const after = (...code: readonly Code[]): Code => code;

/** Σ coefficientᵢ·xⁱ by Horner's rule. */
function polynomial(x: number, coefficients: readonly number[]): Code {
  return coefficients
    .slice(0, -1)
    .reduceRight<Code>((sum, coefficient) => add4(multiply4(sum, get(x)), const4(coefficient)), const4(coefficients[coefficients.length - 1]));
}

/** Sets `scale` to 2ⁿ and `rest` to e^r - 1, where x = n·ln 2 + r and |r| ≤ ln(2)/2, for LOWEST ≤ x ≤ 0. A NaN ends in `rest`. */
function splitExp(locals: Locals, x: Code, scale: number, rest: number): Code {
  const [r, n, bits] = [locals.vector(), locals.vector(), locals.vector()];
  // (e^r - 1 - r) / r² of least relative error in e^r - 1 (2.4e-10), fitted for this by iterated least squares.
  const coefficients = [0.5000000044399768, 0.16666666368861957, 0.04166635981967569, 0.008333389571790462, 0.0013940720042430015, 0.00019845885277880145];
  return after(
    set(r, x),
    // Where 1.5·2²³ is added, the last bits of the sum are those of the whole number next to the other term.
    set(bits, add4(multiply4(get(r), const4(Math.LOG2E)), const4(ROUNDER))),
    set(n, subtract4(get(bits), const4(ROUNDER))),
    // ln 2 in two parts, of which the first has so few bits that its product with n is exact.
    set(r, subtract4(get(r), multiply4(get(n), const4(0.693359375)))),
    set(r, subtract4(get(r), multiply4(get(n), const4(Math.LN2 - 0.693359375)))),
    set(rest, add4(get(r), multiply4(multiply4(get(r), get(r)), polynomial(r, coefficients)))),
    set(scale, op.addInt4(op.shiftLeftInt4(get(bits), 23), op.constInt4(ONE_BITS))),
  );
}

/** eˣ for x ≤ 0, from LOWEST down 0, so that the product with a large x is 0 too. */
function exp(locals: Locals, x: Code): Code {
  const [power, scale, rest] = [locals.vector(), locals.vector(), locals.vector()];
  return after(
    set(power, x),
    splitExp(locals, max4(get(power), const4(LOWEST)), scale, rest),
    select4(const4(0), add4(multiply4(get(scale), get(rest)), get(scale)), less4(get(power), const4(LOWEST))),
  );
}

/** eˣ - 1 for x ≤ 0, exact near 0 too. */
function expm1(locals: Locals, x: Code): Code {
  const [scale, rest] = [locals.vector(), locals.vector()];
  return after(
    splitExp(locals, max4(x, const4(LOWEST)), scale, rest),
    add4(multiply4(get(scale), get(rest)), subtract4(get(scale), const4(1))),
  );
}

/** log(1 + e) for 0 ≤ e ≤ 1: 2·artanh(s) with s = e / (2 + e) ≤ 1/3, by its series up to s¹³. */
function log1p(locals: Locals, e: number): Code {
  const [s, square] = [locals.vector(), locals.vector()];
  const series = [0, 1, 2, 3, 4, 5, 6].map((i) => 2 / (2 * i + 1));
  return after(
    set(s, divide4(get(e), add4(get(e), const4(2)))),
    set(square, multiply4(get(s), get(s))),
    multiply4(get(s), polynomial(square, series)),
  );
}

/** With e = exp(-|x|): σ(|x|) = 1 / (1 + e) and σ(-|x|) = e·σ(|x|). */
function sigmoid(locals: Locals, x: number): Code {
  const [e, upper] = [locals.vector(), locals.vector()];
  return after(
    set(e, exp(locals, negate4(abs4(get(x))))),
    set(upper, divide4(const4(1), add4(get(e), const4(1)))),
    select4(multiply4(get(e), get(upper)), get(upper), less4(get(x), const4(0))),
  );
}

/** tanh |x| = -m / (m + 2) with m = exp(-2|x|) - 1 ≤ 0, then the sign of x. */
function tanh(locals: Locals, x: number): Code {
  const m = locals.vector();
  return after(
    set(m, expm1(locals, multiply4(abs4(get(x)), const4(-2)))),
    select4(divide4(abs4(get(m)), add4(get(m), const4(2))), get(x), op.constInt4(0x7fffffff)),
  );
}

/** x·Φ(x) with Φ(-|x|) by Abramowitz and Stegun, eq. 7.1.26, as {@link scalarActivations} has it. */
function gelu(locals: Locals, x: number): Code {
  const [z, t, lower] = [locals.vector(), locals.vector(), locals.vector()];
  const halved = [0, 0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429].map((coefficient) => coefficient / 2);
  return after(
    set(z, multiply4(abs4(get(x)), const4(Math.SQRT1_2))),
    set(t, divide4(const4(1), add4(multiply4(get(z), const4(0.3275911)), const4(1)))),
    set(lower, multiply4(polynomial(t, halved), exp(locals, negate4(multiply4(get(z), get(z)))))),
    multiply4(get(x), select4(get(lower), subtract4(const4(1), get(lower)), less4(get(x), const4(0)))),
  );
}

function softplus(locals: Locals, x: number): Code {
  const e = locals.vector();
  return after(set(e, exp(locals, negate4(abs4(get(x))))), add4(max4(get(x), const4(0)), log1p(locals, e)));
}

function elu(locals: Locals, x: number): Code {
  return select4(expm1(locals, min4(get(x), const4(0))), get(x), less4(get(x), const4(0)));
}

const codes: { readonly [name in WasmActivation]: (locals: Locals, x: number) => Code } = {
  identity: (_, x) => get(x),
  relu: (_, x) => max4(get(x), const4(0)),
  leakyRelu: (_, x) => max4(get(x), multiply4(get(x), const4(0.01))),
  tanh,
  elu,
  silu: (locals, x) => multiply4(get(x), sigmoid(locals, x)),
  gelu,
  softplus,
  sigmoid,
};

/** The code that leaves the nonlinearity of the four numbers in the local x. NaN stays NaN. */
export function activationCode(name: WasmActivation, locals: Locals, x: number): Code {
  return codes[name](locals, x);
}
