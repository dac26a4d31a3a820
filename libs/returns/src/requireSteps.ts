/**
 * Checks that all arrays of a record have one shape `[B, T]`.
 * @throws naming the first that differs.
 */
export function requireSteps(who: string, steps: { readonly [name: string]: { readonly shape: readonly number[] } }): void {
  const [first, ...rest] = Object.entries(steps);
  if (first[1].shape.length !== 2) throw new Error(`${who}: ${first[0]} must be [B, T], got [${first[1].shape.join(', ')}]`);
  for (const [name, array] of rest) {
    const same = array.shape.length === 2 && array.shape[0] === first[1].shape[0] && array.shape[1] === first[1].shape[1];
    if (!same) throw new Error(`${who}: ${name} must have the shape of ${first[0]}, [${first[1].shape.join(', ')}], got [${array.shape.join(', ')}]`);
  }
}
