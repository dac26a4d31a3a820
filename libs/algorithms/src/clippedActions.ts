import { tf } from '@rivulet/engine';
import { box, type Box, clipAction } from '@rivulet/envs';
import type { ActionAdapter } from './actionAdapter.js';
import { withinBounds } from './withinBounds.js';

/** Actions without bounds, which the environment gets cut off at its own: min(max(a, low), high). For Gaussian policies. */
export const clippedActions: ActionAdapter = {
  wrap: clipAction,
  space: ({ shape }: Box) => box({ low: -Infinity, high: Infinity, shape }),
  apply: (action, bounds) => tf.tidy(() => withinBounds(action, bounds)),
};
