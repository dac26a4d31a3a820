import type { Box, Discrete } from '../space.js';
import { discrete } from '../spaces/discrete.js';
import type { EnvDefinition } from '../vector/envDefinition.js';
import { cartPoleDynamics } from './cartPoleDynamics.js';
import type { CartPoleOptions } from './cartPoleOptions.js';

/**
 * CartPole-v1: keep a pole upright on a cart pushed left (action 0) or right (1). State and observation: x, ẋ, θ, θ̇.
 *
 * temp = (F + m l θ̇² sin θ) / M, θ̈ = (g sin θ − cos θ · temp) / (l (4/3 − m cos² θ / M)), ẍ = temp − m l θ̈ cos θ / M,
 * with M the total mass; Euler steps of 0.02 s. Ends beyond |x| > 2.4 m or |θ| > 12°; reward 1 a step; starts uniform in ±0.05.
 *
 * Source: Barto, Sutton and Anderson 1983; equations and constants of Gymnasium 1.3.0.
 */
export function cartPole(options: CartPoleOptions = {}): EnvDefinition<Box, Discrete> {
  return cartPoleDynamics('CartPole-v1', discrete(2), options);
}
