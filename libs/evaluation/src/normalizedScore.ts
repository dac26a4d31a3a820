/**
 * A return on the scale where `low` (a random policy, say) is 0 and `high` (an expert or a human) is 1: (x − low) / (high − low).
 *
 * @throws when the two references coincide.
 * Source: Mnih et al. (2015), human-normalised score; Fu et al. (2020), D4RL (there times 100).
 */
export function normalizedScore(value: number, reference: { readonly low: number; readonly high: number }): number {
  const { low, high } = reference;
  if (low === high) throw new Error(`normalizedScore: the references must differ, both are ${low}`);
  return (value - low) / (high - low);
}
