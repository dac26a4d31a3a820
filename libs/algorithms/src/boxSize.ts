import { sizeOf } from '@rivulet/engine';
import type { Space } from '@rivulet/envs';

/**
 * The numbers in an action of a continuous space.
 * @throws for any other space.
 */
export function boxSize(algorithm: string, space: Space): number {
  if (space.kind !== 'box') throw new Error(`${algorithm}: needs a continuous (box) action space, but this one is ${space.kind}: use ppo${space.kind === 'discrete' ? ', a2c or dqn' : ' or a2c'}`);
  return sizeOf(space.shape);
}
