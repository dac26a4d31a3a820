import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from '../tf.js';
import { type Case, cases, inputsOf } from './opCases.test.fixture.js';
import { close, DIFFERENCES_TOLERANCE, gradients, hessianProducts, numericGradient, numericHessianProducts } from './opDerivatives.test.fixture.js';

function expectClose(actual: number[], expected: number[]): void {
  expect(close(actual, expected, DIFFERENCES_TOLERANCE), `got ${actual.map((n) => n.toFixed(4))}, finite differences give ${expected.map((n) => n.toFixed(4))}`).toBe(true);
}

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the gradient of every op against finite differences', () => {
  it.each(cases.map((test): [string, Case] => [test.name, test]))('%s', (_, test) => {
    tf.tidy(() => {
      const x = inputsOf(test);
      const before = tf.memory().numTensors;
      const analytic = gradients(test.op, x);
      expect(tf.memory().numTensors).toBe(before + x.length);
      analytic.forEach((g, i) => expectClose([...g.dataSync()], numericGradient(test.op, x, i)));
    });
  });
});

describe('the Hessian-vector product of every op against finite differences of the gradient', () => {
  it.each(cases.map((test): [string, Case] => [test.name, test]))('%s', (_, test) => {
    tf.tidy(() => {
      const x = inputsOf(test);
      const before = tf.memory().numTensors;
      const product = hessianProducts(test.op, x);
      expect(tf.memory().numTensors).toBe(before + x.length);
      expectClose(product.flatMap((g) => [...g.dataSync()]), numericHessianProducts(test.op, x));
    });
  });
});
