import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import type { EnvDefinition } from '../vector/envDefinition.js';
import { cartPoleDynamics } from './cartPoleDynamics.js';
import type { CartPoleOptions } from './cartPoleOptions.js';

/** `cartPole` with a continuous action a in [−1, 1]: the push is a times the force. Not a task of Gymnasium's. */
export function cartPoleContinuous(options: CartPoleOptions = {}): EnvDefinition<Box, Box> {
  return cartPoleDynamics('CartPoleContinuous-v0', box({ low: -1, high: 1, shape: [1] }), options);
}
