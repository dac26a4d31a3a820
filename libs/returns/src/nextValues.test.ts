import { tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { fromTensor, ndarray, toTensor } from '@rivulet/engine';
import { nextValues } from './nextValues.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const parts = {
  values: ndarray('float32', [2, 4], Float32Array.of(0, 1, 2, 3, 10, 11, 12, 13)),
  finalValue: ndarray('float32', [2, 3], Float32Array.of(-1, -2, -3, -4, -5, -6)),
  truncated: ndarray('uint8', [2, 3], Uint8Array.of(0, 1, 0, 0, 0, 1)),
};

describe('nextValues', () => {
  it('shifts the values and takes the final observation where truncated, on the host as on tensors', async () => {
    const expected = [1, -2, 3, 11, 12, -6];
    expect(Array.from(nextValues(parts).data)).toEqual(expected);
    const tensor = nextValues({ values: toTensor(parts.values), finalValue: toTensor(parts.finalValue), truncated: toTensor(parts.truncated) });
    expect(Array.from((await fromTensor(tensor)).data)).toEqual(expected);
  });

  it('writes into a given array and refuses values without the last column', () => {
    const out = ndarray('float32', [2, 3]);
    expect(nextValues(parts, out)).toBe(out);
    expect(() => nextValues({ ...parts, values: parts.finalValue })).toThrow('nextValues: values must be [2, 4], one column more than finalValue, got [2, 3]');
  });
});
