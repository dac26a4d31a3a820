import { compile, type tf } from '@rivulet/engine';
import { expect } from 'vitest';

type Inputs = { readonly [name: string]: tf.Tensor };

/** Compares what a function computes compiled with what it computes eagerly; fails where it cannot be compiled. */
export async function expectCompiled(f: (inputs: Inputs) => tf.Tensor, inputs: Inputs, tolerance = 1e-5): Promise<void> {
  const compiled = compile((given: Inputs) => ({ value: f(given) }), {
    warn: (line) => {
      throw new Error(line);
    },
  });
  const { value } = await compiled(inputs);
  expect(compiled.forms.map(({ how }) => how)).toEqual(['compiled']);
  const [actual, expected] = [value.toTensors() as tf.Tensor, f(inputs)];
  expect(actual.shape).toEqual(expected.shape);
  const numbers = expected.dataSync();
  actual.dataSync().forEach((x, i) => expect(Math.abs(x - numbers[i])).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(numbers[i]))));
  await compiled.dispose();
}
