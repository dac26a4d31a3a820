import type { Rng } from '@rivulet/engine';
import type { TextSpace } from '../space.js';

const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** What {@link textSpace} needs. */
export interface TextOptions {
  /** In characters (code points). */
  readonly maxLength: number;
  /** Default 1, as in Gymnasium. */
  readonly minLength?: number;
  /** Default: the ASCII letters and digits. */
  readonly charset?: string;
}

/**
 * Strings of minLength .. maxLength characters of a set; length and characters are drawn uniformly.
 * @throws when the lengths are not integers with 0 ≤ minLength ≤ maxLength, or the set is empty.
 */
export function textSpace({ maxLength, minLength = 1, charset = ALPHANUMERIC }: TextOptions): TextSpace {
  if (!Number.isInteger(minLength) || !Number.isInteger(maxLength) || minLength < 0 || minLength > maxLength) {
    throw new Error(`textSpace: needs integers 0 <= minLength <= maxLength, got ${minLength} and ${maxLength}`);
  }
  const characters = [...new Set(charset)];
  if (characters.length === 0 && maxLength > 0) throw new Error('textSpace: the charset is empty');
  const known = new Set(characters);
  return {
    kind: 'text',
    minLength,
    maxLength,
    charset: characters.join(''),
    sample(rng: Rng): string {
      const length = minLength + rng.nextInt(maxLength - minLength + 1);
      return Array.from({ length }, () => characters[rng.nextInt(characters.length)]).join('');
    },
    contains(value: unknown): value is string {
      if (typeof value !== 'string') return false;
      const points = [...value];
      return points.length >= minLength && points.length <= maxLength && points.every((point) => known.has(point));
    },
  };
}
