import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import type { GridObservation } from './gridObservation.js';

/**
 * Row and column of the (first) goal of the level, scaled to [0, 1]: [2].
 * @throws when a map has no goal.
 */
export function goalCoordinates(): GridObservation<Box> {
  return ({ layouts, levels }) => {
    const goals = layouts.map(({ letters }) => letters.indexOf('G'));
    if (goals.includes(-1)) throw new Error(`goalCoordinates: level ${goals.indexOf(-1)} has no goal G`);
    return {
      space: box({ low: 0, high: 1, shape: [2] }),
      write: (state, out, offset) => {
        const level = levels[state];
        const { height, width } = layouts[level];
        out[offset] = height === 1 ? 0 : Math.floor(goals[level] / width) / (height - 1);
        out[offset + 1] = width === 1 ? 0 : (goals[level] % width) / (width - 1);
      },
    };
  };
}
