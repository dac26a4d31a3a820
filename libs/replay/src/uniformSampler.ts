import type { SamplerFactory } from './sampler.js';

/** Every stored row with the same probability 1/size, with replacement; no weights. Source: Lin (1992); Mnih et al. (2015), DQN. */
export function uniformSampler(): SamplerFactory {
  return () => ({
    weighted: false,
    added() {},
    draw(rng, size, indices) {
      for (let k = 0; k < indices.length; k++) indices[k] = rng.nextInt(size);
    },
    update() {},
    snapshot: () => ({ arrays: {}, data: {} }),
    restore() {},
  });
}
