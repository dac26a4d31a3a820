import { ndarray } from '@rivulet/engine';
import type { NdArray } from '@rivulet/engine';

/** A table of numbers: an array with a shape, or nested lists. */
export type NumberTable = NdArray | readonly number[] | readonly (readonly number[])[] | readonly (readonly (readonly number[])[])[];

type Nested = number | readonly Nested[];

function shapeOf(value: Nested): number[] {
  return typeof value === 'number' ? [] : [value.length, ...(value.length > 0 ? shapeOf(value[0]) : [])];
}

function isNdArray(table: NumberTable): table is NdArray {
  return !Array.isArray(table);
}

/** The table as float64, a copy. Ragged lists are refused by the count of their numbers. `name` is the one in errors. */
export function readTable(name: string, table: NumberTable): NdArray<'float64'> {
  if (isNdArray(table)) return ndarray('float64', table.shape, Float64Array.from(table.data));
  const shape = shapeOf(table as Nested);
  const flat = (table as readonly unknown[]).flat(Infinity) as number[];
  if (flat.length !== shape.reduce((size, n) => size * n, 1)) throw new Error(`${name}: the lists differ in length`);
  return ndarray('float64', shape, Float64Array.from(flat));
}
