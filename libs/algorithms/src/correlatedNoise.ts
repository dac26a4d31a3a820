import type { NoiseLaw } from '@rivulet/exploration';

/**
 * Ornstein-Uhlenbeck noise by what one cares about: x' = (1 - 1/τ) x + ε, with the variance of ε such that x has the given
 * standard deviation in the long run.
 *
 * @param std long-run standard deviation, in units of the action
 * @param correlation τ, steps
 */
export function correlatedNoise(std: number, correlation: number): NoiseLaw {
  const theta = 1 / correlation;
  return { kind: 'ornsteinUhlenbeck', std: std * Math.sqrt(theta * (2 - theta)), theta, dt: 1 };
}
