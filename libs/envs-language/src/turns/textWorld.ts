import type { Rng } from '@rivulet/engine';
import { pick } from '../tasks/pick.js';

/** The four ways out of a room. */
export type Direction = 'north' | 'south' | 'east' | 'west';

/** A way from one room to another; `key` is the object that must be carried to pass. */
export type Exit = { readonly direction: Direction; readonly to: number; readonly key?: number };

/** The world of a `textGame`: rooms and objects by number. */
export type TextWorld = {
  readonly rooms: readonly string[];
  readonly exits: readonly (readonly Exit[])[];
  readonly objects: readonly string[];
  /** Where each object lies at first. */
  readonly places: readonly number[];
  readonly start: number;
  /** Objects to bring to rooms; or, where it is empty, the last room is to be reached. */
  readonly quest: readonly { readonly object: number; readonly room: number }[];
};

const ROOMS = ['kitchen', 'cellar', 'attic', 'library', 'garden', 'hall', 'study', 'pantry', 'stable', 'tower', 'chapel', 'workshop', 'bedroom', 'balcony', 'vault', 'gallery'];
const OBJECTS = ['lamp', 'book', 'rope', 'apple', 'coin', 'cup', 'sword', 'map', 'shell', 'candle', 'feather', 'mirror'];
const COLOURS = ['red', 'blue', 'green', 'white', 'black', 'yellow', 'brown', 'grey', 'golden', 'silver', 'copper', 'iron', 'glass', 'wooden', 'bone'];
const STEPS: { readonly [direction in Direction]: readonly [number, number] } = { north: [0, 1], south: [0, -1], east: [1, 0], west: [-1, 0] };
const BACK: { readonly [direction in Direction]: Direction } = { north: 'south', south: 'north', east: 'west', west: 'east' };

/** How many rooms, loose objects and keys have names. */
export const namesOf = { rooms: ROOMS.length, objects: OBJECTS.length, keys: COLOURS.length };

/** Rooms that grow from the first on a grid; objects anywhere, and a quest to bring some of them elsewhere. */
export function adventureWorld(rng: Rng, rooms: number, objects: number, quests: number): TextWorld {
  const exits = grow(rng, rooms, ['north', 'south', 'east', 'west'], (built) => rng.nextInt(built));
  const places = Array.from({ length: objects }, () => rng.nextInt(rooms));
  const quest = Array.from(rng.permutation(objects).subarray(0, quests), (object) => ({ object, room: (places[object] + 1 + rng.nextInt(rooms - 1)) % rooms }));
  return { rooms: names(rng, ROOMS, rooms), exits, objects: names(rng, OBJECTS, objects), places, start: rng.nextInt(rooms), quest };
}

/** A row of rooms; each door but the first needs a key that lies in some room before it, and the last room is to be reached. */
export function keyChainWorld(rng: Rng, rooms: number): TextWorld {
  // Two directions, so that the row never meets itself.
  const open = grow(rng, rooms, ['north', 'east'], (built) => built - 1);
  const key = (from: number, to: number): { key?: number } => (Math.min(from, to) === 0 ? {} : { key: Math.min(from, to) - 1 });
  const exits = open.map((ways, from) => ways.map((way) => ({ ...way, ...key(from, way.to) })));
  const places = Array.from({ length: rooms - 2 }, (_, door) => rng.nextInt(door + 2));
  return { rooms: names(rng, ROOMS, rooms), exits, objects: names(rng, COLOURS, rooms - 2).map((colour) => `${colour} key`), places, start: 0, quest: [] };
}

function names(rng: Rng, among: readonly string[], count: number): string[] {
  return Array.from(rng.permutation(among.length).subarray(0, count), (i) => among[i]);
}

/** Rooms on a grid: each new one beside the built one that `beside` names, or another with a free side. */
function grow(rng: Rng, rooms: number, directions: readonly Direction[], beside: (built: number) => number): Exit[][] {
  const cells: (readonly [number, number])[] = [[0, 0]];
  const exits: Exit[][] = [[]];
  const next = (room: number, direction: Direction): readonly [number, number] => [cells[room][0] + STEPS[direction][0], cells[room][1] + STEPS[direction][1]];
  while (cells.length < rooms) {
    const room = beside(cells.length);
    const free = directions.filter((direction) => !cells.some(([x, y]) => x === next(room, direction)[0] && y === next(room, direction)[1]));
    if (free.length === 0) continue;
    const direction = pick(rng, free);
    exits[room].push({ direction, to: cells.length });
    exits.push([{ direction: BACK[direction], to: room }]);
    cells.push(next(room, direction));
  }
  return exits;
}
