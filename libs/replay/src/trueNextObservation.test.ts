import { describe, expect, it } from 'vitest';
import { trueNextObservation } from './trueNextObservation.js';

describe('trueNextObservation', () => {
  it('takes the final observation exactly in the rows that ended', () => {
    const step = {
      observation: Float32Array.of(1, 2, 3, 4, 5, 6),
      finalObservation: Float32Array.of(-1, -2, -3, -4, -5, -6),
      terminated: Uint8Array.of(1, 0, 0),
      truncated: Uint8Array.of(0, 0, 1),
    };
    const out = new Float32Array(6);
    expect(trueNextObservation(step, out)).toBe(out);
    expect(Array.from(out)).toEqual([-1, -2, 3, 4, -5, -6]);
    expect(() => trueNextObservation(step, new Float32Array(5))).toThrow('observations of one size');
  });
});
