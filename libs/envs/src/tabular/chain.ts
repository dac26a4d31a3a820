import type { Discrete } from '../space.js';
import { chainMdp } from './chainMdp.js';
import type { ChainMdpOptions } from './chainMdp.js';
import { tabularEnv } from './tabularEnv.js';
import type { TabularEnv } from './tabularEnv.js';

/** The environment of a {@link chainMdp}; by default the sparse chain of ten states. Observations are state numbers. */
export function chain(options: ChainMdpOptions = { length: 10 }): TabularEnv<Discrete> {
  return tabularEnv(chainMdp(options), { id: 'Chain-v0' });
}
