import type { Discrete } from '../space.js';
import { frozenLakeMdp } from './frozenLakeMdp.js';
import type { FrozenLakeOptions } from './frozenLakeMdp.js';
import { tabularEnv } from './tabularEnv.js';
import type { TabularEnv } from './tabularEnv.js';

/**
 * Gymnasium's `FrozenLake-v1`, or `FrozenLake8x8-v1` with `map: '8x8'`: see {@link frozenLakeMdp}. Episodes are cut after 100 steps (8x8: 200).
 * Observations are state numbers.
 * @throws as {@link frozenLakeMdp} does.
 */
export function frozenLake(options: FrozenLakeOptions = {}): TabularEnv<Discrete> {
  const large = options.map === '8x8';
  const task = large ? { maxEpisodeSteps: 200, rewardThreshold: 0.85 } : { maxEpisodeSteps: 100, rewardThreshold: 0.7 };
  return tabularEnv(frozenLakeMdp(options), { id: large ? 'FrozenLake8x8-v1' : 'FrozenLake-v1', ...task });
}
