import { type NdArray, ndarray, type Rng, typedArray } from '@rivulet/engine';
import { checkCount } from './column.js';
import { gatherBlocks } from './copy.js';

const WHERE = 'hindsightRelabel';

/** Steps paired with goals. A row b * T + t is step t of episode b. */
export interface HindsightBatch {
  /** `[n]`: the drawn steps. */
  readonly rows: Int32Array;
  /** `[n]`: the steps whose achieved goals are pursued. */
  readonly goalRows: Int32Array;
  /** [n, ...] */
  readonly goal: NdArray;
  /** `[n]`: steps from the row to its goal in the same episode; -1 for a random goal. */
  readonly delta: Int32Array;
}

/** How goals are chosen. */
export interface HindsightOptions {
  /** Which later step: the `next`, one `uniform` in t+1 .. L-1, or t + G with P(G = k) = (1 − γ) γᵏ⁻¹, `geometric`, cut at L-1. */
  readonly future: 'next' | 'uniform' | 'geometric';
  /** γ of 'geometric', in [0, 1). */
  readonly discount?: number;
  /** Shares of later steps of the same episode, of steps of any episode, and of the step itself; they need not sum to one. Default: future only. */
  readonly mix?: { readonly future: number; readonly random: number; readonly current: number };
}

function drawLater(t: number, length: number, { future, discount = 0 }: HindsightOptions, rng: Rng): number {
  const last = length - 1;
  if (t === last) return last;
  if (future === 'next') return t + 1;
  if (future === 'uniform') return t + 1 + rng.nextInt(last - t);
  // The inverse of the geometric distribution function, with u in (0, 1].
  const steps = discount === 0 ? 1 : 1 + Math.floor(Math.log(1 - rng.nextUniform()) / Math.log(discount));
  return Math.min(t + steps, last);
}

/**
 * Draws n steps, uniformly over all steps of all episodes, each with a goal that was achieved in hindsight. The last step of an episode has no
 * later one: its future is itself. Rewards for the new goals are the caller's: they depend on the task.
 * Source: Andrychowicz et al. (2017), Hindsight Experience Replay ('uniform' is its `future`); the geometric choice and the mixture as in
 * Eysenbach et al. (2022), contrastive RL, and Park et al. (2025), OGBench.
 *
 * @param trajectories achieved [B, T, ...]: the goal that the state at each step achieves; lengths [B], at most T
 * @throws when sizes disagree, there is no step, or an option is out of range.
 */
export function hindsightRelabel(trajectories: { readonly achieved: NdArray; readonly lengths: Int32Array }, options: HindsightOptions, n: number, rng: Rng): HindsightBatch {
  const { achieved, lengths } = trajectories;
  const [episodes, steps, ...goalShape] = achieved.shape;
  const { discount = 0, future, mix = { future: 1, random: 0, current: 0 } } = options;
  checkCount(WHERE, 'n', n);
  if (lengths.length !== episodes || lengths.some((length) => length < 0 || length > steps)) throw new Error(`${WHERE}: lengths must hold ${episodes} numbers in [0, ${steps}]`);
  if (future === 'geometric' && !(options.discount !== undefined && discount >= 0 && discount < 1)) throw new Error(`${WHERE}: future 'geometric' needs a discount in [0, 1), got ${options.discount}`);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  if (total === 0) throw new Error(`${WHERE}: the trajectories hold no step`);

  const valid = new Int32Array(total);
  let count = 0;
  lengths.forEach((length, b) => {
    for (let t = 0; t < length; t++) valid[count++] = b * steps + t;
  });
  const kinds = [mix.future, mix.random, mix.current];
  const [rows, goalRows, delta] = [new Int32Array(n), new Int32Array(n), new Int32Array(n)];
  for (let k = 0; k < n; k++) {
    const row = valid[rng.nextInt(total)];
    const start = row - (row % steps);
    const kind = rng.nextCategorical(kinds);
    const goal = kind === 0 ? start + drawLater(row - start, lengths[start / steps], options, rng) : kind === 1 ? valid[rng.nextInt(total)] : row;
    [rows[k], goalRows[k], delta[k]] = [row, goal, kind === 1 ? -1 : goal - row];
  }
  const rowSize = achieved.data.length / (episodes * steps);
  const goal = ndarray(achieved.dtype, [n, ...goalShape], typedArray(achieved.dtype, n * rowSize) as never);
  gatherBlocks(achieved.data, goalRows, rowSize, goal.data);
  return { rows, goalRows, goal, delta };
}
