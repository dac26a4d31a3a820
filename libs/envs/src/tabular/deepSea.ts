import type { Rng } from '@rivulet/engine';
import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import { deepSeaMdp } from './deepSeaMdp.js';
import type { DeepSeaOptions } from './deepSeaMdp.js';
import { tabularEnv } from './tabularEnv.js';
import type { TabularEnv } from './tabularEnv.js';

/**
 * The deep sea of bsuite: see {@link deepSeaMdp}. The observation is the cell as a one-hot image [N, N], all zeros at the end of the episode, which
 * takes N steps. If not deterministic, the rewards of the two outer cells of the last row carry standard normal noise.
 * @throws when the size is not an integer of at least 2.
 */
export function deepSea(options: DeepSeaOptions = { size: 10 }): TabularEnv<Box> {
  const mdp = deepSeaMdp(options);
  const n = options.size;
  const observation = {
    space: box({ low: 0, high: 1, shape: [n, n] }),
    write: (state: number, out: Float32Array | Int32Array, offset: number): void => {
      if (state < n * n) out[offset + state] = 1;
    },
  };
  const noise = (state: number, rng: Rng): number => (state === n * n - 1 || state === n * (n - 1) ? rng.nextNormal() : 0);
  return tabularEnv(mdp, { id: 'DeepSea-v0', observation, ...(options.deterministic === false ? { rewardNoise: noise } : {}) });
}
