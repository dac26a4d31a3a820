import type { GridMechanics, GridRules } from './gridRules.js';
import type { GridLayout } from './parseGrid.js';

/** Where one is. */
export interface GridPlace {
  readonly level: number;
  readonly cell: number;
  readonly mode: number;
}

/** The numbered states of one or several maps: level by level, mode by mode, free cell by free cell. */
export interface GridStates {
  readonly layouts: readonly GridLayout[];
  readonly mechanics: readonly GridMechanics[];
  readonly numStates: number;
  /** [S] each: level, cell, heading (0 where one cannot turn) and keys held (one bit each) of every state. */
  readonly levels: Int32Array;
  readonly cells: Int32Array;
  readonly headings: Uint8Array;
  readonly keys: Uint8Array;
  /** @throws where there is no such state: a wall, or a place off the map. */
  stateOf(place: GridPlace): number;
  placeOf(state: number): GridPlace;
}

interface Block {
  readonly first: number;
  readonly cells: Int32Array;
  readonly index: Int32Array;
}

/** The free cells of a map, and the place of each cell among them (−1 for walls). */
function blockOf(layout: GridLayout, first: number): Block {
  const cells = Int32Array.from(Array.from(layout.letters, (_, cell) => cell).filter((cell) => layout.letters[cell] !== '#'));
  const index = new Int32Array(layout.letters.length).fill(-1);
  cells.forEach((cell, at) => (index[cell] = at));
  return { first, cells, index };
}

/** Numbers the states of maps under rules. */
export function gridStates(layouts: readonly GridLayout[], rules: GridRules): GridStates {
  const mechanics = layouts.map((layout) => rules(layout));
  const blocks: Block[] = [];
  let numStates = 0;
  layouts.forEach((layout, level) => {
    blocks.push(blockOf(layout, numStates));
    numStates += blocks[level].cells.length * mechanics[level].numModes;
  });
  const places = blocks.flatMap(({ cells }, level) =>
    Array.from({ length: mechanics[level].numModes }, (_, mode) => Array.from(cells, (cell): GridPlace => ({ level, cell, mode }))).flat(),
  );
  const described = places.map(({ level, mode }) => mechanics[level].describe(mode));
  return {
    layouts,
    mechanics,
    numStates,
    levels: Int32Array.from(places, (place) => place.level),
    cells: Int32Array.from(places, (place) => place.cell),
    headings: Uint8Array.from(described, ({ heading }) => heading),
    keys: Uint8Array.from(described, ({ keys }) => keys),
    stateOf: ({ level, cell, mode }) => {
      const at = blocks[level]?.index[cell] ?? -1;
      if (at < 0 || !(mode >= 0 && mode < mechanics[level].numModes)) throw new Error(`gridWorld: there is no state at level ${level}, cell ${cell}, mode ${mode}`);
      return blocks[level].first + mode * blocks[level].cells.length + at;
    },
    placeOf: (state) => places[state],
  };
}
