import { compile, tf } from '@rivulet/engine';
import { expect } from 'vitest';

type Inputs = { readonly [name: string]: tf.Tensor };

/** Compares value and gradient of a regularizer compiled with what it computes eagerly; fails where it cannot be compiled. */
export async function expectCompiled(f: (inputs: Inputs) => tf.Tensor, inputs: Inputs, by: string, tolerance = 1e-5): Promise<void> {
  const both = (given: Inputs): { readonly value: tf.Tensor; readonly gradient: tf.Tensor } => ({ value: f(given), gradient: tf.grad((x) => f({ ...given, [by]: x }).square().sum())(given[by]) });
  const compiled = compile(both, {
    warn: (line) => {
      throw new Error(line);
    },
  });
  const result = await compiled(inputs);
  expect(compiled.forms.map(({ how }) => how)).toEqual(['compiled']);
  const expected = both(inputs);
  for (const field of ['value', 'gradient'] as const) {
    const [x, y] = [result[field].toTensors() as tf.Tensor, expected[field]];
    expect(x.shape).toEqual(y.shape);
    const numbers = y.dataSync();
    x.dataSync().forEach((value, i) => expect(Math.abs(value - numbers[i])).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(numbers[i]))));
  }
  await compiled.dispose();
}
