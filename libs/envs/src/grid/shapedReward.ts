import type { GridReward } from './gridReward.js';
import type { GridLayout } from './parseGrid.js';

/**
 * Potential-based shaping (Ng, Harada and Russell 1999): F = γ Φ(s′) − Φ(s), with Φ(s′) = 0 where the episode ends. It leaves the optimal policies as they are.
 * @param potential Φ of a cell, for instance −{@link goalDistance}.
 */
export function shapedReward(potential: (layout: GridLayout, cell: number) => number, gamma: number): GridReward {
  return ({ layout, cell, nextCell, terminated }) => (terminated ? 0 : gamma * potential(layout, nextCell)) - potential(layout, cell);
}
