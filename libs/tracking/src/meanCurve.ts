import type { CurvePoint } from './learningCurve.js';

/** The value at a step on the straight line between the points around it. */
function valueAt(points: readonly CurvePoint[], step: number): number {
  const right = points.findIndex((point) => point.step >= step);
  if (right <= 0) return points.at(right)?.value ?? NaN;
  const [a, b] = [points[right - 1], points[right]];
  return a.value + ((b.value - a.value) * (step - a.step)) / (b.step - a.step);
}

/**
 * Several seeds as one curve: mean, and lowest and highest as the band, at equally spaced steps from the latest first
 * step to the earliest last step, where all runs have a value (linearly interpolated).
 *
 * @param runs One list of points per seed, by increasing step.
 * @throws when there is no run, a run is empty, or the runs have no steps in common.
 */
export function meanCurve(runs: readonly (readonly CurvePoint[])[], { points = 200 }: { readonly points?: number } = {}): CurvePoint[] {
  if (runs.length === 0 || runs.some((run) => run.length === 0)) throw new Error('meanCurve: every seed needs at least one point, and there must be a seed');
  const first = Math.max(...runs.map((run) => run[0].step));
  const last = Math.min(...runs.map((run) => run[run.length - 1].step));
  if (first > last) throw new Error(`meanCurve: the runs share no steps; one begins at ${first}, another ends at ${last}`);
  const count = first === last ? 1 : Math.max(2, points);
  return Array.from({ length: count }, (_, i) => {
    const step = count === 1 ? first : first + ((last - first) * i) / (count - 1);
    const values = runs.map((run) => valueAt(run, step));
    return { step, value: values.reduce((sum, value) => sum + value, 0) / values.length, low: Math.min(...values), high: Math.max(...values) };
  });
}
