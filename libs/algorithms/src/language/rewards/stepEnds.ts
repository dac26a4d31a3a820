/**
 * The places of a completion at which a reasoning step ends: at each separator, and at the last token.
 *
 * @returns their indices, ascending; none for an empty completion.
 */
export function stepEnds(tokens: readonly number[], separators: readonly number[]): number[] {
  return tokens.flatMap((token, t) => (t === tokens.length - 1 || separators.includes(token) ? [t] : []));
}
