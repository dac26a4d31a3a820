import type { GridReward } from './gridReward.js';

/**
 * A reward for every step that ends on a cell with the given letter, for instance `{ G: 1, X: -1, '3': -0.1 }`; staying counts again.
 * The reward of a key (`a`–`d`) comes once, when it is picked up.
 */
export function cellReward(rewards: { readonly [letter: string]: number }): GridReward {
  return ({ layout, nextCell, keys, nextKeys }) => {
    const letter = layout.letters[nextCell];
    const isKey = letter >= 'a' && letter <= 'd';
    return isKey && keys === nextKeys ? 0 : (rewards[letter] ?? 0);
  };
}
