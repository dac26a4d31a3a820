import type { Discrete } from '../space.js';
import { tabularEnv } from './tabularEnv.js';
import type { TabularEnv } from './tabularEnv.js';
import { taxiMdp } from './taxiMdp.js';

/** Gymnasium's `Taxi-v4` (dry weather, decided passenger; then `Taxi-v3` is the same): see {@link taxiMdp}. Episodes are cut after 200 steps. */
export function taxi(): TabularEnv<Discrete> {
  return tabularEnv(taxiMdp(), { id: 'Taxi-v4', maxEpisodeSteps: 200, rewardThreshold: 8 });
}
