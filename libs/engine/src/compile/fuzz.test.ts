import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import { valueAndGrad } from '../valueAndGrad.js';
import { compile } from './compile.js';

type Stack = tf.Tensor[];
type Instruction = { readonly op: number; readonly a: number; readonly b: number; readonly k: number };

const at = (stack: Stack, i: number): tf.Tensor => stack[i % stack.length];
/** Values stay of order one, so that rounding does too. */
const tame = (x: tf.Tensor): tf.Tensor => tf.tanh(x);
const axisOf = (x: tf.Tensor, k: number): number => k % Math.max(1, x.rank);

/** Ops on any tensors of the stack; those whose shapes do not fit choose others. */
const ops: readonly ((stack: Stack, i: Instruction) => tf.Tensor)[] = [
  (s, i) => elementwise(s, i, tf.add),
  (s, i) => elementwise(s, i, tf.sub),
  (s, i) => elementwise(s, i, tf.mul),
  (s, i) => elementwise(s, i, tf.maximum),
  (s, i) => elementwise(s, i, tf.squaredDifference),
  (s, i) => elementwise(s, i, (a, b) => a.div(b.square().add(1))),
  (s, i) => elementwise(s, i, (a, b) => tf.where(a.greater(b), a, b.mul(0.5))),
  (s, i) => at(s, i.a).mul([1, 0, -1, 2, 0.5][i.k % 5]),
  (s, i) => at(s, i.a).add([0, 1, -1][i.k % 3]),
  (s, i) => at(s, i.a).neg(),
  (s, i) => tf.exp(tame(at(s, i.a))),
  (s, i) => tf.sigmoid(at(s, i.a)),
  (s, i) => tf.softplus(at(s, i.a)),
  (s, i) => tf.relu(at(s, i.a)),
  (s, i) => tf.clipByValue(at(s, i.a), -0.7, 0.9),
  (s, i) => at(s, i.a).reshape([-1]),
  (s, i) => at(s, i.a).reshape([1, -1]),
  (s, i) => at(s, i.a).transpose(),
  (s, i) => (at(s, i.a).rank === 0 ? at(s, i.a) : at(s, i.a).sum(axisOf(at(s, i.a), i.k), i.b % 2 === 0)),
  (s, i) => (at(s, i.a).rank === 0 ? at(s, i.a) : at(s, i.a).mean(axisOf(at(s, i.a), i.k), i.b % 2 === 0)),
  (s, i) => (at(s, i.a).rank === 0 ? at(s, i.a) : tf.softmax(at(s, i.a))),
  (s, i) => (at(s, i.a).rank === 0 ? at(s, i.a) : tf.cumsum(at(s, i.a), axisOf(at(s, i.a), i.k)).mul(0.3)),
  (s, i) => (at(s, i.a).rank === 0 ? at(s, i.a) : tf.reverse(at(s, i.a), axisOf(at(s, i.a), i.k))),
  (s, i) => (at(s, i.a).rank === 0 ? at(s, i.a) : tf.gather(at(s, i.a), tf.tensor1d([0, i.k % (at(s, i.a).shape[0] ?? 1)], 'int32'))),
  (s, i) => tf.onesLike(at(s, i.a)).sub(at(s, i.b).mean()),
  (s, i) => at(s, i.a).expandDims(0).tile([2, ...at(s, i.a).shape.map(() => 1)]).mean(0),
  (s, i) => product(at(s, i.a), at(s, i.b), i.k),
  (s, i) => (at(s, i.a).rank === 2 && at(s, i.a).shape[0] > 1 ? tf.split(at(s, i.a), [1, at(s, i.a).shape[0] - 1], 0)[i.k % 2] : at(s, i.a)),
  (s, i) => (at(s, i.a).rank === 0 ? at(s, i.a) : tf.concat([at(s, i.a), at(s, i.a).mul(0.5)], axisOf(at(s, i.a), i.k))),
  (s, i) => (at(s, i.a).rank === 0 ? at(s, i.a) : tf.oneHot(at(s, i.a).argMax(-1), at(s, i.a).shape[at(s, i.a).rank - 1] + 1).toFloat().slice(at(s, i.a).shape.map(() => 0), at(s, i.a).shape).mul(at(s, i.a))),
];

function elementwise(stack: Stack, { a, b }: Instruction, f: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): tf.Tensor {
  const left = at(stack, a);
  const fits = stack.filter((other) => {
    try {
      tf.broadcast_util.assertAndGetBroadcastShape(left.shape, other.shape);
      return true;
    } catch {
      return false;
    }
  });
  return f(left, at(fits, b));
}

/** A product with its own shape or its transpose; scaled, so that it stays of order one. */
function product(a: tf.Tensor, b: tf.Tensor, k: number): tf.Tensor {
  if (a.rank !== 2) return a;
  if (b.rank === 2 && b.shape[0] === a.shape[1] && k % 2 === 0) return tf.matMul(a, b).div(a.shape[1]);
  return k % 3 === 0 ? tf.matMul(a, a, true, false).div(a.shape[0] as number) : tf.matMul(a, a.transpose()).div(a.shape[1] as number);
}

function run(program: readonly Instruction[], inputs: Stack): tf.Tensor {
  const stack = [...inputs];
  for (const instruction of program) {
    const result = ops[instruction.op % ops.length](stack, instruction);
    // Large tensors would only be slow.
    if (result.size <= 200 && result.rank <= 3) stack.push(result);
  }
  return tf.addN(stack.map((x) => tame(x).mean())) as tf.Scalar;
}

const instruction = fc.record({ op: fc.nat(ops.length - 1), a: fc.nat(9), b: fc.nat(9), k: fc.nat(9) });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('random graphs', () => {
  it('give compiled what they give eagerly, value and gradient', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(instruction, { minLength: 1, maxLength: 14 }), fc.nat(1000), async (program, seed) => {
        const rng = Rng.fromSeed(seed);
        const inputs = [rng.normal([2, 3]), rng.normal([3]), rng.normal([3, 2]), rng.normal([])];
        const f = (x: tf.Tensor[]): { loss: tf.Tensor; grads: tf.Tensor[] } => {
          const { loss, grads } = valueAndGrad((each: tf.Tensor[]) => run(program, each) as tf.Scalar)(x);
          return { loss, grads };
        };
        const compiled = compile(f, { warn: (line) => { throw new Error(line); } });
        const actual = await compiled(inputs);
        const eager = f(inputs);
        const expected = [eager.loss, ...eager.grads].flatMap((x) => [...x.dataSync()]);
        const got = [actual.loss, actual.grads].flatMap((packed) => packed.layout.leaves.flatMap(({ buffer, offset, size }) => [...packed.buffers[buffer].subarray(offset, offset + size)]));
        expect(got.length).toBe(expected.length);
        got.forEach((value, i) => expect(Math.abs(value - expected[i])).toBeLessThan(3e-5 * (1 + Math.abs(expected[i]))));
        await compiled.dispose();
        tf.dispose([inputs, eager.loss, eager.grads]);
      }),
      { numRuns: 150, seed: 20 },
    );
  });
});
