import type { Distribution } from './distribution.js';

/** A distribution of the given kind. @throws when it is of another, for instance in a divergence. */
export function sameFamily<D extends Distribution & { readonly kind: string }>(kind: D['kind'], other: Distribution): D {
  const actual = (other as { readonly kind?: string }).kind ?? 'unknown';
  if (actual !== kind) throw new Error(`kl: a ${kind} distribution has a divergence to another ${kind} only, got ${actual}`);
  return other as D;
}
