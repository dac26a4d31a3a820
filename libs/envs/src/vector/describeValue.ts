import type { NdArray } from '@rivulet/engine';

/** A value in short words, for error messages. */
export function describeValue(value: unknown): string {
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} [${Array.from(value as unknown as ArrayLike<number>).slice(0, 8).join(', ')}]`;
  if (typeof value === 'object' && value !== null && 'data' in value && 'shape' in value && 'dtype' in value) {
    const { dtype, shape, data } = value as NdArray;
    return `a ${dtype} array of shape [${shape.join(', ')}] holding [${Array.from(data).slice(0, 8).join(', ')}]`;
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
