import type { Box, Discrete, MultiBinary, MultiDiscrete } from '../space.js';

/** The spaces whose values are rows of numbers, so that N copies can step together over typed arrays. */
export type BatchSpace = Box | Discrete | MultiDiscrete | MultiBinary;
