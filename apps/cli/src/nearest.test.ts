import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.js';
import { suggestion } from './suggestion.js';

const names = ['learningRate', 'discount', 'tau'];

describe('nearest', () => {
  it.each([
    ['lerningRate', 'learningRate'],
    ['LEARNINGRATE', 'learningRate'],
    ['discont', 'discount'],
    ['tao', 'tau'],
    ['learning', undefined],
    ['entropyCoefficient', undefined],
  ])('%s: %s', (name, expected) => {
    expect(nearest(name, names)).toBe(expected);
  });

  it('finds nothing among nothing', () => {
    expect(nearest('a', [])).toBeUndefined();
  });
});

describe('suggestion', () => {
  it('names the likely slip, or all there is', () => {
    expect(suggestion('tao', names)).toBe("; did you mean 'tau'?");
    expect(suggestion('entropyCoefficient', names)).toBe('; there are learningRate, discount, tau');
  });
});
