import { add, binary, div, mul, negate, sub, unary } from '../algebra.js';
import { type ElementType, type Graph, splatOf, type Value } from '../graph.js';
import { broadcastShapes, cast, where } from '../shaping.js';
import { tf } from '../../tf.js';
import { Untraceable } from '../untraceable.js';
import type { Mapping, Mappings } from './register.js';

const float = (g: Graph, x: Value): Value => cast(g, x, 'float32');
const scalar = (g: Graph, element: number, like: Value): Value => g.splat(element, like.dtype);

/** An operator of ONNX that exists for floats only. */
const floatUnary = (op: string): Mapping => (g, { x }) => unary(g, op, float(g, x));

/** Truth values count as integers in arithmetic. */
function arithmetic(f: (g: Graph, a: Value, b: Value) => Value): Mapping {
  return (g, { a, b }) => (a.dtype === 'bool' ? cast(g, f(g, cast(g, a, 'int32'), cast(g, b, 'int32')), 'bool') : f(g, a, b));
}

const operator = (op: string): Mapping => arithmetic((g, a, b) => binary(g, op, a, b));

function comparison(op: string): Mapping {
  return (g, { a, b }) => {
    const [left, right] = a.dtype === 'bool' ? [cast(g, a, 'int32'), cast(g, b, 'int32')] : [a, b];
    return binary(g, op, left, right, 'bool');
  };
}

const logical = (op: string): Mapping => (g, { a, b }) => binary(g, op, cast(g, a, 'bool'), cast(g, b, 'bool'), 'bool');

/** log(1 + x) without the rounding of 1 + x (Kahan): log(u)·x / (u - 1) with u = 1 + x. */
function log1p(g: Graph, x: Value): Value {
  const one = scalar(g, 1, x);
  const u = add(g, x, one);
  const correction = div(g, x, sub(g, u, one));
  const close = where(g, binary(g, 'Less', x, one, 'bool'), correction, one);
  return where(g, binary(g, 'Equal', u, one, 'bool'), x, mul(g, unary(g, 'Log', u), close));
}

/** eˣ - 1 without cancellation (Kahan): (u - 1)·x / log(u) with u = eˣ. */
function expm1(g: Graph, x: Value): Value {
  const one = scalar(g, 1, x);
  const u = unary(g, 'Exp', x);
  const difference = sub(g, u, one);
  const exact = div(g, mul(g, difference, x), unary(g, 'Log', u));
  const close = where(g, binary(g, 'Less', unary(g, 'Abs', x), one, 'bool'), exact, difference);
  return where(g, binary(g, 'Equal', u, one, 'bool'), x, close);
}

function atan2(g: Graph, y: Value, x: Value): Value {
  const zero = scalar(g, 0, x);
  const below = (value: Value) => binary(g, 'Less', value, zero, 'bool');
  const isZero = (value: Value) => binary(g, 'Equal', value, zero, 'bool');
  const angle = unary(g, 'Atan', div(g, y, x));
  const turn = where(g, below(y), scalar(g, -Math.PI, x), scalar(g, Math.PI, x));
  const quadrant = where(g, below(x), add(g, angle, turn), angle);
  return where(g, binary(g, 'And', isZero(x), isZero(y), 'bool'), zero, quadrant);
}

/** The remainder with the sign of the divisor. */
function mod(g: Graph, a: Value, b: Value): Value {
  if (a.dtype !== 'float32') return binary(g, 'Mod', a, b);
  const zero = scalar(g, 0, a);
  const shape = broadcastShapes(a.shape, b.shape);
  const remainder = (x: Value) => g.node('Mod', [x, b], { fmod: 1 }, 'float32', shape);
  const rest = remainder(a);
  const below = (x: Value) => binary(g, 'Less', x, zero, 'bool');
  return where(g, binary(g, 'Xor', below(a), below(b), 'bool'), remainder(add(g, rest, b)), rest);
}

function floorDiv(g: Graph, a: Value, b: Value): Value {
  return a.dtype === 'float32' ? unary(g, 'Floor', div(g, a, b)) : div(g, sub(g, a, binary(g, 'Mod', a, b)), b);
}

function clip(g: Graph, x: Value, low: number, high: number): Value {
  const bound = (op: string, value: Value, at: number) => (Number.isFinite(at) ? binary(g, op, value, scalar(g, at, x)) : value);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return bound('Min', bound('Max', x, low), high);
  return g.node('Clip', [x, scalar(g, low, x), scalar(g, high, x)], {}, x.dtype, x.shape);
}

function squaredDifference(g: Graph, a: Value, b: Value): Value {
  const difference = sub(g, a, b);
  return mul(g, difference, difference);
}

function select(g: Graph, condition: Value, yes: Value, no: Value): Value {
  const dtype = tf.upcastType(yes.dtype as tf.DataType, no.dtype as tf.DataType) as ElementType;
  return where(g, condition, cast(g, yes, dtype), cast(g, no, dtype));
}

const power: Mapping = arithmetic((g, a, b) => (splatOf(b) === 0.5 ? unary(g, 'Sqrt', a) : binary(g, 'Pow', a, b)));

/** Operators that work element by element. */
export const elementwise: Mappings = {
  Abs: (g, { x }) => unary(g, 'Abs', x),
  Acos: floatUnary('Acos'),
  Acosh: floatUnary('Acosh'),
  Add: arithmetic(add),
  AddN: (g, inputs) => Object.values(inputs).reduce((sum, x) => add(g, sum, x)),
  Asin: floatUnary('Asin'),
  Asinh: floatUnary('Asinh'),
  Atan: floatUnary('Atan'),
  Atan2: (g, { a, b }) => atan2(g, float(g, a), float(g, b)),
  Atanh: floatUnary('Atanh'),
  Cast: (g, { x }, { dtype }) => {
    if (!['float32', 'int32', 'bool'].includes(dtype as string)) throw new Untraceable(`a ${String(dtype)} tensor`);
    return cast(g, x, dtype as ElementType);
  },
  Ceil: floatUnary('Ceil'),
  ClipByValue: (g, { x }, { clipValueMin, clipValueMax }) => clip(g, x, clipValueMin as number, clipValueMax as number),
  Cos: floatUnary('Cos'),
  Cosh: floatUnary('Cosh'),
  Elu: floatUnary('Elu'),
  Equal: comparison('Equal'),
  Erf: floatUnary('Erf'),
  Exp: floatUnary('Exp'),
  Expm1: (g, { x }) => expm1(g, float(g, x)),
  Floor: floatUnary('Floor'),
  FloorDiv: (g, { a, b }) => floorDiv(g, a, b),
  Greater: comparison('Greater'),
  GreaterEqual: comparison('GreaterOrEqual'),
  Identity: (_, { x }) => x,
  IsFinite: (g, { x }) => unary(g, 'Not', binary(g, 'Or', unary(g, 'IsNaN', float(g, x), {}, 'bool'), unary(g, 'IsInf', float(g, x), {}, 'bool'), 'bool')),
  IsInf: (g, { x }) => unary(g, 'IsInf', float(g, x), {}, 'bool'),
  IsNan: (g, { x }) => unary(g, 'IsNaN', float(g, x), {}, 'bool'),
  LeakyRelu: (g, { x }, { alpha }) => unary(g, 'LeakyRelu', float(g, x), { alpha: { float: alpha as number } }),
  Less: comparison('Less'),
  LessEqual: comparison('LessOrEqual'),
  Log: floatUnary('Log'),
  Log1p: (g, { x }) => log1p(g, float(g, x)),
  LogicalAnd: logical('And'),
  LogicalNot: (g, { x }) => unary(g, 'Not', cast(g, x, 'bool')),
  LogicalOr: logical('Or'),
  Maximum: operator('Max'),
  Minimum: operator('Min'),
  Mod: arithmetic(mod),
  Multiply: arithmetic(mul),
  Neg: (g, { x }) => negate(g, x),
  NotEqual: (g, inputs, attributes) => unary(g, 'Not', comparison('Equal')(g, inputs, attributes) as Value),
  Pow: power,
  Prelu: (g, { x, alpha }) => where(g, binary(g, 'Less', x, scalar(g, 0, x), 'bool'), mul(g, x, alpha), x),
  RealDiv: (g, { a, b }) => div(g, float(g, a), float(g, b)),
  Reciprocal: floatUnary('Reciprocal'),
  Relu: (g, { x }) => unary(g, 'Relu', x),
  Relu6: (g, { x }) => clip(g, x, 0, 6),
  Round: floatUnary('Round'),
  Rsqrt: (g, { x }) => unary(g, 'Reciprocal', unary(g, 'Sqrt', float(g, x))),
  Select: (g, { condition, t, e }) => select(g, condition, t, e),
  Selu: (g, { x }) => unary(g, 'Selu', float(g, x), { alpha: { float: tf.backend_util.SELU_SCALEALPHA / tf.backend_util.SELU_SCALE }, gamma: { float: tf.backend_util.SELU_SCALE } }),
  Sigmoid: floatUnary('Sigmoid'),
  Sign: (g, { x }) => unary(g, 'Sign', x),
  Sin: floatUnary('Sin'),
  Sinh: floatUnary('Sinh'),
  Softplus: floatUnary('Softplus'),
  Sqrt: floatUnary('Sqrt'),
  Square: (g, { x }) => mul(g, x, x),
  SquaredDifference: (g, { a, b }) => squaredDifference(g, a, b),
  Step: (g, { x }, { alpha }) => {
    const positive = binary(g, 'Greater', float(g, x), g.splat(0, 'float32'), 'bool');
    return alpha === undefined || alpha === 0 ? cast(g, positive, 'float32') : where(g, positive, g.splat(1, 'float32'), g.splat(alpha as number, 'float32'));
  },
  Sub: arithmetic(sub),
  Tan: floatUnary('Tan'),
  Tanh: floatUnary('Tanh'),
};
