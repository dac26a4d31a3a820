import type { Trace } from '@rivulet/envs';
import { describe, expect, it } from 'vitest';
import { tolerances } from './tolerances.js';

const trace = (state: number[]): Trace => ({
  kind: 'episodes',
  env: undefined,
  episodes: [{ initialState: [0], steps: [{ action: [0], state, observation: [0], reward: 0, terminated: false, truncated: false }] }],
});

describe('tolerances', () => {
  it('are strict where the recorded states are float64', () => {
    expect(tolerances(trace([0.1]), undefined)).toEqual({ state: 1e-9, observation: 1e-5, reward: 1e-9, probability: 1e-9 });
  });

  it('allow float32 rounding where they are float32', () => {
    expect(tolerances(trace([Math.fround(0.1), 0.5]), undefined).state).toBe(1e-5);
  });

  it('are those of the user where given', () => {
    expect(tolerances(trace([0.1]), 0.25)).toEqual({ state: 0.25, observation: 0.25, reward: 0.25, probability: 0.25 });
  });
});
