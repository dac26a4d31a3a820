import { outcomeMdp } from './outcomeMdp.js';
import type { Outcome } from './outcomeMdp.js';
import type { TabularMdp } from './assembleMdp.js';

const size = 5;
const stops = [
  [0, 0],
  [0, 4],
  [4, 0],
  [4, 3],
] as const;
const inTaxi = stops.length;

/** `[row, column]`: there is a wall between this cell and the one to its east. */
const eastWalls = [
  [0, 1],
  [1, 1],
  [3, 0],
  [3, 2],
  [4, 0],
  [4, 2],
] as const;

function walled(row: number, column: number): boolean {
  return eastWalls.some(([r, c]) => r === row && c === column);
}

function encode(row: number, column: number, passenger: number, destination: number): number {
  return ((row * size + column) * (stops.length + 1) + passenger) * stops.length + destination;
}

function driven(row: number, column: number, action: number): [number, number] {
  if (action === 0) return [Math.min(row + 1, size - 1), column];
  if (action === 1) return [Math.max(row - 1, 0), column];
  if (action === 2) return [row, walled(row, column) ? column : Math.min(column + 1, size - 1)];
  return [row, column === 0 || walled(row, column - 1) ? column : column - 1];
}

function outcome(row: number, column: number, passenger: number, destination: number, action: number): Outcome {
  const stop = stops.findIndex(([r, c]) => r === row && c === column);
  const here = encode(row, column, passenger, destination);
  if (action < 4) return [1, encode(...driven(row, column, action), passenger, destination), -1, false];
  if (action === 4) return stop >= 0 && stop === passenger ? [1, encode(row, column, inTaxi, destination), -1, false] : [1, here, -10, false];
  if (stop < 0 || passenger !== inTaxi) return [1, here, -10, false];
  const arrived = stop === destination;
  return [1, encode(row, column, stop, destination), arrived ? 20 : -1, arrived];
}

/**
 * The law of Gymnasium's `Taxi-v4` (and `Taxi-v3`, whose table is the same without rain): state ((row·5 + column)·5 + passenger)·4 + destination,
 * where passenger is a stop (red, green, yellow, blue) or 4, in the taxi; actions south, north, east, west, pick up, drop off. Reward −1 a step,
 * −10 for a pick-up or drop-off that is not possible, +20 for the delivery, which ends the episode. Starts are uniform over the states whose
 * passenger waits at a stop other than the destination.
 *
 * Source: Gymnasium 1.3, toy_text/taxi; Dietterich (2000), JAIR 13.
 */
export function taxiMdp(): TabularMdp {
  const P: Outcome[][][] = [];
  const waiting: number[] = [];
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      for (let passenger = 0; passenger <= inTaxi; passenger++) {
        for (let destination = 0; destination < stops.length; destination++) {
          P.push(Array.from({ length: 6 }, (_, action) => [outcome(row, column, passenger, destination, action)]));
          waiting.push(passenger !== inTaxi && passenger !== destination ? 1 : 0);
        }
      }
    }
  }
  const count = waiting.reduce((sum, n) => sum + n, 0);
  return outcomeMdp({ P, rho: waiting.map((n) => n / count) });
}
