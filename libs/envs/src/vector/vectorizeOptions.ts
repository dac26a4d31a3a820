import type { Rng } from '@rivulet/engine';
import type { AutoReset } from '../env.js';

/** How N copies run together. */
export interface VectorizeOptions {
  /** Default 'sameStep'. */
  readonly autoReset?: AutoReset;
  /** Seed of the random streams until a reset gives another; copy i gets the i-th stream split from it. Default 0. */
  readonly seed?: number;
  /** Overrides the definition's time limit; Infinity for none. */
  readonly maxEpisodeSteps?: number;
  /** One stream a copy, instead of those split from the seed. The env draws from them. */
  readonly rngs?: readonly Rng[];
}
