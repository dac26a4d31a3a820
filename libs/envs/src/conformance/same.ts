import { plain } from './plain.js';

/** Whether two values hold the same numbers (NaN equals NaN, 0 equals −0), texts and flags. */
export function same(a: unknown, b: unknown): boolean {
  const text = (value: unknown): string => JSON.stringify(plain(value), (_, x: unknown) => (typeof x === 'number' && !Number.isFinite(x) ? String(x) : x));
  return text(a) === text(b);
}
