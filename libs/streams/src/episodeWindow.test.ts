import { ndarray } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { EpisodeWindow } from './index.js';

const episode = (value: number) => ({ return: value, length: 1 });

describe('EpisodeWindow', () => {
  it('averages at most the last 100 returns', () => {
    const window = new EpisodeWindow();
    expect(window.mean).toBeUndefined();
    window.push([episode(1), episode(4)]);
    expect([window.mean, window.size]).toEqual([2.5, 2]);
    window.push(Array.from({ length: 150 }, (_, i) => episode(i)));
    expect([window.mean, window.size]).toEqual([99.5, 100]);
  });

  it('is restored to the same bits', () => {
    const window = new EpisodeWindow();
    window.push(Array.from({ length: 120 }, (_, i) => episode(Math.sin(i) * 1e3 ** (i % 5))));
    const copy = new EpisodeWindow();
    copy.restore(window.snapshot());
    window.push([episode(0.1)]);
    copy.push([episode(0.1)]);
    expect(copy.mean).toBe(window.mean);
  });

  it('refuses what is no window', () => {
    expect(() => new EpisodeWindow().restore({ arrays: {}, data: {} })).toThrow("'returns' must be a float64 array");
    expect(() => new EpisodeWindow().restore({ arrays: { returns: ndarray('float64', [101]) }, data: {} })).toThrow('at most 100');
  });
});
