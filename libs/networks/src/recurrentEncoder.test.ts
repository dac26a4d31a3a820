import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkGradients, checkModule, parameterCount, recurrentEncoder, type RecurrentParameters } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const numbers = (tensor: tf.Tensor): number[] => Array.from(tensor.dataSync());
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

function expectClose(actual: tf.Tensor, expected: number[], digits = 5): void {
  const values = numbers(actual);
  expect(values.length).toBe(expected.length);
  values.forEach((value, i) => expect(value).toBeCloseTo(expected[i], digits));
}

const affine = (x: number[], kernel: number[][], bias: number[]): number[] => bias.map((b, j) => x.reduce((sum, value, i) => sum + value * kernel[i][j], b));

/** The published equations one number at a time, in float64. */
function referenceStep(cell: 'gru' | 'lstm', p: RecurrentParameters, x: number[], state: number[], hidden: number): number[] {
  const host = (t: tf.Tensor): number[][] => t.arraySync() as number[][];
  const i = affine(x, host(p.input.kernel), numbers(p.input.bias));
  const h = affine(state.slice(0, hidden), host(p.recurrent.kernel), numbers(p.recurrent.bias));
  const units = Array.from({ length: hidden }, (_, k) => k);
  if (cell === 'gru') {
    return units.map((k) => {
      const r = sigmoid(i[k] + h[k]);
      const z = sigmoid(i[hidden + k] + h[hidden + k]);
      const n = Math.tanh(i[2 * hidden + k] + r * h[2 * hidden + k]);
      return (1 - z) * n + z * state[k];
    });
  }
  const gate = (g: number, k: number): number => i[g * hidden + k] + h[g * hidden + k];
  const c = units.map((k) => sigmoid(gate(1, k)) * state[hidden + k] + sigmoid(gate(0, k)) * Math.tanh(gate(2, k)));
  return [...units.map((k) => sigmoid(gate(3, k)) * Math.tanh(c[k])), ...c];
}

describe.each(['gru', 'lstm'] as const)('recurrentEncoder with %s', (cell) => {
  const hidden = 4;
  const size = cell === 'gru' ? hidden : 2 * hidden;
  const encoder = recurrentEncoder({ in: 3, hidden, cell });
  const input = Rng.fromSeed(1).normal([2, 5, 3]);
  const state = Rng.fromSeed(2).normal([2, size]);
  const reset = tf.tensor2d([[0, 0, 1, 0, 0], [1, 0, 0, 0, 1]]);

  it('follows the published equations, with resets', () => {
    const p = encoder.init(Rng.fromSeed(3));
    const { output, state: last } = encoder.apply(p, { input, state, reset });
    const x = input.arraySync() as number[][][];
    const starts = reset.arraySync();
    const expected = [0, 1].map((b) => {
      let current = (state.arraySync() as number[][])[b];
      return x[b].map((row, t) => {
        current = referenceStep(cell, p, row, starts[b][t] === 1 ? current.map(() => 0) : current, hidden);
        return current;
      });
    });
    expectClose(output, expected.flat().flatMap((row) => row.slice(0, hidden)));
    expectClose(last, expected.flatMap((rows) => rows[4]));
  });

  it('goes on from its state: two halves equal the whole', () => {
    const p = encoder.init(Rng.fromSeed(3));
    const whole = encoder.apply(p, { input, reset });
    const first = encoder.apply(p, { input: input.slice([0, 0, 0], [2, 2, 3]), reset: reset.slice([0, 0], [2, 2]) });
    const second = encoder.apply(p, { input: input.slice([0, 2, 0], [2, 3, 3]), reset: reset.slice([0, 2], [2, 3]), state: first.state });
    expectClose(tf.concat([first.output, second.output], 1), numbers(whole.output), 6);
    expectClose(second.state, numbers(whole.state), 6);
  });

  it('forgets everything at a reset', () => {
    const p = encoder.init(Rng.fromSeed(3));
    const fresh = encoder.apply(p, { input: input.slice([0, 2, 0], [2, 3, 3]) });
    const late = encoder.apply(p, { input, state, reset: tf.tensor2d([[0, 0, 1, 0, 0], [0, 0, 1, 0, 0]]) });
    expectClose(late.state, numbers(fresh.state), 6);
  });

  it('keeps the module contract, and differentiates by input and state', async () => {
    await checkModule(encoder, { input, state, reset }, { view: ({ output, state: last }) => tf.concat([output.flatten(), last.flatten()]) });
    const p = encoder.init(Rng.fromSeed(3));
    await checkGradients((x, s) => encoder.apply(p, { input: x, state: s, reset }).output.square(), [input, state]);
    expect(parameterCount(p)).toBe((cell === 'gru' ? 3 : 4) * hidden * (3 + hidden + 2));
  });

  it('says which shape is wrong', () => {
    const p = encoder.init(Rng.fromSeed(3));
    expect(() => encoder.apply(p, { input: tf.zeros([2, 3]) })).toThrow('the input should be [B, T, in], got [2, 3]');
  });
});
