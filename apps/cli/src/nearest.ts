import { distance } from 'fastest-levenshtein';

/** The most similar of some names, if any is similar enough to be a likely slip. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const ranked = names.map((candidate) => ({ candidate, cost: distance(name.toLowerCase(), candidate.toLowerCase()) })).sort((a, b) => a.cost - b.cost);
  const best = ranked[0];
  return best !== undefined && best.cost <= Math.max(2, Math.floor(name.length / 3)) ? best.candidate : undefined;
}
