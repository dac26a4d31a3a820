import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import { numCellChannels, writeCell } from './cellChannels.js';
import type { GridObservation } from './gridObservation.js';

/**
 * The whole map as an image [H, W, C]: wall, goal, pit, key, locked door, mark (tenths), and the agent in one channel, or in one of four by its heading
 * where one can turn: C = 7 or 10.
 * @throws when levels differ in height or width.
 */
export function gridImage(): GridObservation<Box> {
  return (states) => {
    const [{ height, width }] = states.layouts;
    if (states.layouts.some((layout) => layout.height !== height || layout.width !== width)) throw new Error('gridImage: all levels must have one height and width');
    const headings = states.mechanics[0].numHeadings;
    const channels = numCellChannels + headings;
    return {
      space: box({ low: 0, high: 1, shape: [height, width, channels] }),
      write: (state, out, offset) => {
        const layout = states.layouts[states.levels[state]];
        for (let cell = 0; cell < height * width; cell++) writeCell(layout, cell, states.keys[state], out, offset + cell * channels);
        out[offset + states.cells[state] * channels + numCellChannels + states.headings[state]] = 1;
      },
    };
  };
}
