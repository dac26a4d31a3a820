import type { Box, Space } from '../space.js';

/** The space, when it is a Box. @throws otherwise, naming the wrapper. */
export function boxOf(wrapper: string, what: string, space: Space): Box {
  if (space.kind !== 'box') throw new Error(`${wrapper}: the ${what} space must be a box, got ${space.kind}`);
  return space;
}
