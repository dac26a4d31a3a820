import { beforeAll, describe, expect, it } from 'vitest';
import { fromTensor, ndarray, sizeOf, toTensor, typedArray } from './ndarray.js';
import { tf } from './tf.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('ndarray', () => {
  it('holds zeros or the given data', () => {
    expect(ndarray('uint8', [2, 3])).toEqual({ dtype: 'uint8', shape: [2, 3], data: new Uint8Array(6) });
    const data = Float64Array.of(1, 2);
    expect(ndarray('float64', [1, 2], data).data).toBe(data);
    expect(ndarray('int32', []).data).toHaveLength(1);
    expect(ndarray('int32', [0, 3]).data).toHaveLength(0);
  });

  it('refuses data that do not fill the shape', () => {
    expect(() => ndarray('float32', [2, 2], new Float32Array(3))).toThrow('ndarray: 3 numbers do not fill the shape [2, 2], which holds 4');
  });

  it('sizeOf and typedArray', () => {
    expect([[], [5], [2, 3, 4], [2, 0]].map(sizeOf)).toEqual([1, 5, 24, 0]);
    expect((['float32', 'float64', 'int32', 'uint8'] as const).map((dtype) => typedArray(dtype, 2).constructor.name)).toEqual(['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array']);
  });
});

describe('toTensor and fromTensor', () => {
  it.each([
    ['float32', 'float32', [0.5, -1, Number.NaN]],
    ['float64', 'float32', [0.5, -1, 3]],
    ['int32', 'int32', [7, -1, 2 ** 31 - 1]],
    ['uint8', 'int32', [0, 255, 3]],
  ] as const)('%s becomes %s and comes back', async (dtype, tensorType, values) => {
    const array = ndarray(dtype, [3, 1]);
    array.data.set(values);
    const tensor = toTensor(array);
    expect([tensor.dtype, tensor.shape]).toEqual([tensorType, [3, 1]]);
    const back = await fromTensor(tensor);
    expect([back.dtype, back.shape, [...back.data]]).toEqual([tensorType, [3, 1], [...values]]);
  });

  it('downloads booleans as int32, and refuses texts', async () => {
    expect(await fromTensor(tf.tensor1d([true, false], 'bool'))).toEqual(ndarray('int32', [2], Int32Array.of(1, 0)));
    await expect(fromTensor(tf.tensor1d(['a']))).rejects.toThrow('fromTensor: a string tensor has no array type');
  });

  it('downloads a copy: writing to it does not change the tensor', async () => {
    for (const dtype of ['float32', 'int32'] as const) {
      const tensor = tf.tensor1d([1, 2], dtype);
      const array = await fromTensor(tensor);
      array.data.fill(9);
      expect([...tensor.dataSync()]).toEqual([1, 2]);
    }
  });

  it('leak nothing', async () => {
    const before = tf.memory().numTensors;
    const tensor = toTensor(ndarray('uint8', [4]));
    await fromTensor(tensor);
    tensor.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
