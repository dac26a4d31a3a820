import { tf } from '@rivulet/engine';
import { box, type Box, rescaleAction } from '@rivulet/envs';
import type { ActionAdapter } from './actionAdapter.js';
import { withinBounds } from './withinBounds.js';

/** Actions in [-1, 1], of which the environment gets low + (a + 1)/2 · (high - low). For squashed policies. */
export const rescaledActions: ActionAdapter = {
  wrap: rescaleAction,
  space: ({ shape }: Box) => box({ low: -1, high: 1, shape }),
  apply: (action, bounds) =>
    tf.tidy(() => {
      const { low, high } = bounds;
      const value = action.add(1).div(2).mul(tf.tensor1d(Float32Array.from(high, (each, i) => each - low[i]))).add(tf.tensor1d(Float32Array.from(low)));
      return withinBounds(value, bounds);
    }),
};
