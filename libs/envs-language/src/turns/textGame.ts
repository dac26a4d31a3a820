import { defineTask } from '../tasks/defineTask.js';
import type { Problem } from '../tasks/tokenTask.js';
import { trimAscii } from '../tasks/trimAscii.js';
import { wrong } from '../tasks/verdicts.js';
import type { Segment } from './segment.js';
import { adventureWorld, keyChainWorld, namesOf } from './textWorld.js';
import type { TextWorld } from './textWorld.js';
import type { TurnTask } from './turnTask.js';

/** What {@link textGame} takes. */
export interface TextGameOptions {
  /** 'adventure' unless given. */
  readonly kind?: 'adventure' | 'keyChain';
  /** The number of rooms, at most 16; with 'keyChain' the most of them. 4 unless given. */
  readonly rooms?: number;
  /** The number of objects ('adventure'), at most 12; 3 unless given. */
  readonly objects?: number;
  /** The most objects to bring somewhere ('adventure'); 2 unless given. */
  readonly questLength?: number;
  /** Whether each object brought earns its share of the reward at once; else all of it comes at the end. False unless given. */
  readonly dense?: boolean;
  /** The turns after which an episode is truncated; 50 unless given. */
  readonly maxTurns?: number;
  /** 0.1 unless given. */
  readonly heldOut?: number;
}

/** The state of a {@link textGame}. */
export type TextGameState = {
  readonly room: number;
  /** Where each object is; −1 is carried. */
  readonly places: readonly number[];
  readonly turns: number;
  /** Which objects of the quest were brought, ever. */
  readonly brought: readonly boolean[];
};

/** A {@link textGame}. */
export interface TextGame extends TurnTask<TextWorld, TextGameState> {
  /** The commands that do something in a state. */
  commands(problem: Problem<TextWorld>, state: TextGameState): string[];
}

const CARRIED = -1;

/**
 * A small world in words. 'adventure': bring objects to rooms (`take lamp`, `go north`, `drop lamp`); level l has l objects to bring. 'keyChain': a row of rooms whose doors need keys that lie before
 * them, with one reward at its end; level l has l + 1 rooms. The command is what follows the last `>` of a turn, or all of it, so that a model may think first; whatever is no command of `commands` costs
 * a turn and changes nothing. The rewards of an episode that succeeds sum to 1; reasons are 'done' and 'tooManyTurns' (truncated).
 *
 * @throws when an option is out of range.
 */
export function textGame(options: TextGameOptions = {}): TextGame {
  const { kind = 'adventure', rooms = 4, objects = 3, questLength = 2, dense = false, maxTurns = 50, heldOut } = options;
  checkOptions(kind, rooms, objects, questLength);
  const base = defineTask<TextWorld>({
    name: `textGame ${kind}`,
    alphabet: " abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.,:>\n",
    levels: kind === 'adventure' ? questLength : rooms - 1,
    answerLimit: 0,
    heldOut,
    draw(rng, level) {
      const world = kind === 'adventure' ? adventureWorld(rng, rooms, objects, level) : keyChainWorld(rng, level + 1);
      return { prompt: `${goal(world)}\n${look(world, initial(world))}\n>`, solution: walkthrough(world).join('\n>'), data: world };
    },
    check: () => wrong('malformed', 'a game is played, not answered'),
  });
  return {
    name: base.name, alphabet: base.alphabet, levels: base.levels, stops: ['\n'], sample: base.sample, splitOf: base.splitOf,
    begin: ({ data }) => initial(data),
    commands: ({ data }, state) => commands(data, state),
    step({ data: world }, before, text) {
      const command = trimAscii(text.slice(text.lastIndexOf('>') + 1));
      const known = command.length <= 60 && commands(world, before).includes(command);
      const state = { ...(known ? obey(world, before, command) : before), turns: before.turns + 1 };
      const done = solved(world, state);
      const reward = dense && world.quest.length > 0 ? (count(state) - count(before)) / world.quest.length : done ? 1 : 0;
      const truncated = !done && state.turns >= maxTurns;
      const reply = done || truncated ? '' : `\n${known ? '' : 'Nothing happens. '}${look(world, state)}\n>`;
      return Promise.resolve({ state, reply, reward, terminated: done, truncated, reason: done ? 'done' : truncated ? 'tooManyTurns' : 'open' });
    },
    demonstration({ prompt, data: world }) {
      const segments: Segment[] = [{ role: 'prompt', text: prompt }];
      let state = initial(world);
      for (const command of walkthrough(world)) {
        state = obey(world, state, command);
        segments.push({ role: 'model', text: command });
        if (!solved(world, state)) segments.push({ role: 'reply', text: `\n${look(world, state)}\n>` });
      }
      return Promise.resolve(segments);
    },
  };
}

function initial(world: TextWorld): TextGameState {
  return { room: world.start, places: world.places, turns: 0, brought: world.quest.map(() => false) };
}

function count({ brought }: TextGameState): number {
  return brought.filter(Boolean).length;
}

function solved(world: TextWorld, state: TextGameState): boolean {
  return world.quest.length === 0 ? state.room === world.rooms.length - 1 : state.brought.every(Boolean);
}

function commands({ exits, objects }: TextWorld, { room, places }: TextGameState): string[] {
  const ways = exits[room].filter(({ key }) => key === undefined || places[key] === CARRIED).map(({ direction }) => `go ${direction}`);
  const things = objects.flatMap((object, i) => (places[i] === room ? [`take ${object}`] : places[i] === CARRIED ? [`drop ${object}`] : []));
  return [...ways, ...things];
}

/** The state after one of its commands. */
function obey({ exits, objects, quest }: TextWorld, state: TextGameState, command: string): TextGameState {
  const what = command.slice(command.indexOf(' ') + 1);
  if (command.startsWith('go ')) return { ...state, room: exits[state.room].find(({ direction }) => direction === what)?.to ?? state.room };
  const object = objects.indexOf(what);
  const place = command.startsWith('take ') ? CARRIED : state.room;
  const brought = quest.map((each, i) => state.brought[i] || (each.object === object && each.room === place));
  return { ...state, places: state.places.map((old, i) => (i === object ? place : old)), brought };
}

function goal({ rooms, objects, quest }: TextWorld): string {
  if (quest.length === 0) return `Reach the ${rooms[rooms.length - 1]}.`;
  return quest.map(({ object, room }) => `Bring the ${objects[object]} to the ${rooms[room]}.`).join(' ');
}

function look({ rooms, exits, objects }: TextWorld, { room, places }: TextGameState): string {
  const at = (place: number): string => objects.filter((_, i) => places[i] === place).join(', ') || 'nothing';
  const ways = exits[room].map(({ direction, to, key }) => `${direction} to the ${rooms[to]}${key === undefined ? '' : ` by the ${objects[key]}`}`);
  return `You are in the ${rooms[room]}. You see: ${at(room)}. You carry: ${at(CARRIED)}. Ways: ${ways.join(', ')}.`;
}

/** Commands that solve it, errand by errand. */
function walkthrough(world: TextWorld): string[] {
  const done: string[] = [];
  let state = initial(world);
  const act = (command: string): void => {
    state = obey(world, state, command);
    done.push(command);
  };
  const fetch = (object: number): void => {
    walk(world, state, state.places[object]).forEach(act);
    act(`take ${world.objects[object]}`);
  };
  for (const { object, room } of world.quest) {
    fetch(object);
    walk(world, state, room).forEach(act);
    act(`drop ${world.objects[object]}`);
  }
  if (world.quest.length === 0) {
    world.objects.forEach((_, key) => fetch(key));
    walk(world, state, world.rooms.length - 1).forEach(act);
  }
  return done;
}

/** The shortest way to a room through the doors that are open to the state. */
function walk({ exits }: TextWorld, { room, places }: TextGameState, to: number): string[] {
  const ways = new Map<number, string[]>([[room, []]]);
  for (const [from, path] of ways) {
    // A map is read in the order in which it grows: breadth first.
    for (const exit of exits[from]) if (!ways.has(exit.to) && (exit.key === undefined || places[exit.key] === CARRIED)) ways.set(exit.to, [...path, `go ${exit.direction}`]);
  }
  return ways.get(to) ?? [];
}

function checkOptions(kind: string, rooms: number, objects: number, questLength: number): void {
  const within = (name: string, value: number, most: number): void => {
    if (!Number.isInteger(value) || value < (name === 'rooms' ? 2 : 1) || value > most) throw new Error(`textGame: ${name} must be an integer in ${name === 'rooms' ? 2 : 1} .. ${most}, got ${value}`);
  };
  within('rooms', rooms, namesOf.rooms);
  if (kind === 'keyChain') return;
  within('objects', objects, namesOf.objects);
  within('questLength', questLength, objects);
}
