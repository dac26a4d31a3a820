import type { Discrete } from '../space.js';
import { cliffWalkingMdp } from './cliffWalkingMdp.js';
import type { CliffWalkingOptions } from './cliffWalkingMdp.js';
import { tabularEnv } from './tabularEnv.js';
import type { TabularEnv } from './tabularEnv.js';

/** Gymnasium's `CliffWalking-v1` (slippery: `CliffWalkingSlippery-v1`): see {@link cliffWalkingMdp}. It has no time limit. Observations are state numbers. */
export function cliffWalking(options: CliffWalkingOptions = {}): TabularEnv<Discrete> {
  return tabularEnv(cliffWalkingMdp(options), { id: options.isSlippery === true ? 'CliffWalkingSlippery-v1' : 'CliffWalking-v1' });
}
