import { Rng } from '@rivulet/engine';
import { noiseProcess } from '@rivulet/exploration';
import { describe, expect, it } from 'vitest';
import { correlatedNoise } from './correlatedNoise.js';

/** A long course of the noise of one copy, after it has forgotten its start. */
function course(std: number, correlation: number, steps: number): Float64Array {
  const process = noiseProcess(1, 1, correlatedNoise(std, correlation), Rng.fromSeed(4));
  const draw = () => process.perturb(new Float32Array(1))[0];
  for (let t = 0; t < 20 * correlation; t++) draw();
  return Float64Array.from({ length: steps }, draw);
}

describe('correlatedNoise', () => {
  it.each([[0.7, 15], [0.2, 4], [1, 1]])('has the long-run deviation %f and forgets over %i steps', (std, correlation) => {
    const x = course(std, correlation, 100_000);
    const covariance = (lag: number) => x.subarray(lag).reduce((sum, value, t) => sum + value * x[t], 0) / (x.length - lag);
    // The deviation of an estimate from n steps that forget over τ is about √(τ/n), relative.
    expect(Math.abs(Math.sqrt(covariance(0)) / std - 1)).toBeLessThan(0.05);
    expect(Math.abs(covariance(1) / covariance(0) - (1 - 1 / correlation))).toBeLessThan(0.02);
  });
});
