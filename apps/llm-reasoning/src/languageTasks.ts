import { arithmeticTask, graphSearch, logicTask, searchPuzzle, sortingTask, starGraph, stringPuzzle, type TokenTask } from '@rivulet/envs-language';
import { z } from 'zod';
import type { TaskName } from './runConfig.js';

/** A task by name: its options, and how to make it of them. */
export interface LanguageTaskEntry {
  readonly schema: z.ZodObject;
  readonly description: string;
  /** @throws when the options do not go together. */
  make(options: { readonly [key: string]: unknown }): TokenTask;
}

const heldOut = z.number().min(0.001).max(0.9).default(0.1).describe('share of the problems that are held out');

function entry<S extends z.ZodObject>(description: string, schema: S, make: (options: z.infer<S>) => TokenTask): LanguageTaskEntry {
  return { description, schema, make: (options) => make(schema.parse(options)) };
}

/** The tasks that `rivulet run llm-reasoning` knows. */
export const languageTasks: { readonly [name in TaskName]: LanguageTaskEntry } = {
  arithmetic: entry(
    'sums, differences and products, worked on a scratchpad',
    z.strictObject({
      ops: z.array(z.enum(['+', '-', '*'])).min(1).default(['+']).describe('operations'),
      digits: z.int().min(1).max(15).default(3).describe('the most digits of an operand'),
      steps: z.int().min(1).default(1).describe('the most operations in a chain'),
      modulus: z.union([z.literal('none'), z.int().min(1)]).default('none').describe('values are taken modulo this'),
      style: z.enum(['direct', 'steps', 'carry']).default('carry').describe('worked solutions: the answer alone, an operation at a time, or column addition'),
      heldOut,
    }),
    ({ modulus, ...options }) => arithmeticTask(modulus === 'none' ? options : { ...options, modulus }),
  ),
  puzzle: entry(
    'search puzzles: countdown, subset sums, guess and check',
    z.strictObject({
      kind: z.enum(['countdown', 'subsetSum', 'guessCheck']).default('countdown').describe('which puzzle'),
      numbers: z.int().min(2).max(6).default(3).describe('the most numbers to choose from'),
      max: z.int().min(1).default(20).describe('the largest of them'),
      heldOut,
    }),
    (options) => searchPuzzle(options),
  ),
  strings: entry(
    'copy, reverse and other things done to strings',
    z.strictObject({ maxLength: z.int().min(1).default(8).describe('the longest string'), letters: z.string().min(1).default('abcdefgh').describe('letters of the strings'), heldOut }),
    (options) => stringPuzzle(options),
  ),
  sorting: entry(
    'sort numbers',
    z.strictObject({
      maxLength: z.int().min(1).default(5).describe('the most numbers'),
      max: z.int().min(1).default(99).describe('the largest number'),
      scratchpad: z.boolean().default(true).describe('worked solutions take out the least number again and again'),
      heldOut,
    }),
    (options) => sortingTask(options),
  ),
  logic: entry(
    'evaluate or satisfy formulas',
    z.strictObject({
      kind: z.enum(['evaluate', 'satisfy']).default('evaluate').describe('what is asked'),
      maxOperators: z.int().min(1).default(6).describe('the most operators'),
      variables: z.int().min(1).max(5).default(3).describe('variables of satisfy'),
      heldOut,
    }),
    (options) => logicTask(options),
  ),
  star: entry(
    'find the way to the goal in a star-shaped graph',
    z.strictObject({
      degree: z.int().min(1).default(3).describe('arms'),
      length: z.int().min(1).default(4).describe('the most edges of an arm'),
      labels: z.int().min(2).default(50).describe('names of nodes to draw from'),
      heldOut,
    }),
    (options) => starGraph(options),
  ),
  graph: entry(
    'find a shortest way in a graph',
    z.strictObject({
      nodes: z.int().min(2).default(8).describe('nodes'),
      outDegree: z.int().min(1).default(2).describe('edges that leave a node'),
      maxDistance: z.int().min(1).default(4).describe('the longest distance'),
      scratchpad: z.boolean().default(true).describe('worked solutions show the layers of the search'),
      heldOut,
    }),
    (options) => graphSearch(options),
  ),
};
