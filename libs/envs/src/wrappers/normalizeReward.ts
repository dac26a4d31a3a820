import { joinSnapshots, ndarray, snapshotPart, type Snapshot } from '@rivulet/engine';
import type { Rows, VectorEnv, VectorStep } from '../env.js';
import { readArray } from '../vector/readArray.js';
import type { NormalizedEnv } from './normalizedEnv.js';
import { runningMoments, type RunningMoments } from './runningMoments.js';
import { VectorEnvWrapper } from './vectorEnvWrapper.js';

/** How {@link normalizeReward} works. */
export interface NormalizeRewardOptions {
  /** Discount γ of the returns whose spread is measured. Default 0.99. */
  readonly gamma?: number;
  /** Added to the variance. Default 1e-8. */
  readonly epsilon?: number;
  /** Bound on the size of the result. Default Infinity. */
  readonly clip?: number;
  /** Statistics (of size 1) shared with another env. Default: new ones. */
  readonly statistics?: RunningMoments;
  /** Whether the statistics learn. Default true. */
  readonly updating?: boolean;
}

class RewardNormalizer extends VectorEnvWrapper implements NormalizedEnv {
  readonly statistics: RunningMoments;
  updating: boolean;
  readonly #gamma: number;
  readonly #epsilon: number;
  readonly #clip: number;
  readonly #returns: Float64Array;
  readonly #reward: Float64Array;
  readonly #counted: Uint8Array;

  constructor(env: VectorEnv, options: NormalizeRewardOptions) {
    super(env);
    const { gamma = 0.99, epsilon = 1e-8, clip = Infinity, statistics = runningMoments(1), updating = true } = options;
    if (statistics.size !== 1) throw new Error(`normalizeReward: the statistics must have one element, got ${statistics.size}`);
    this.statistics = statistics;
    this.updating = updating;
    this.#gamma = gamma;
    this.#epsilon = epsilon;
    this.#clip = clip;
    this.#returns = new Float64Array(env.numEnvs);
    this.#reward = new Float64Array(env.numEnvs);
    this.#counted = new Uint8Array(env.numEnvs);
  }

  protected override noteReset(mask: Uint8Array | undefined): void {
    super.noteReset(mask);
    for (let i = 0; i < this.numEnvs; i++) if (mask === undefined || mask[i] !== 0) this.#returns[i] = 0;
  }

  step(actions: Rows): VectorStep {
    const step = this.inner.step(actions);
    for (let i = 0; i < this.numEnvs; i++) {
      this.#counted[i] = this.resets(i) ? 0 : 1;
      this.#returns[i] = this.#counted[i] === 0 ? 0 : this.#gamma * this.#returns[i] + step.reward[i];
    }
    if (this.updating) this.statistics.update(this.#returns, this.#counted);
    const scale = 1 / Math.sqrt(this.statistics.variance[0] + this.#epsilon);
    this.noteStep(step);
    for (let i = 0; i < this.numEnvs; i++) {
      this.#reward[i] = Math.min(Math.max(step.reward[i] * scale, -this.#clip), this.#clip);
      if (this.ended[i] === 1) this.#returns[i] = 0;
    }
    return { ...step, reward: this.#reward };
  }

  protected override ownSnapshot(): Snapshot {
    const returns: Snapshot = { arrays: { returns: ndarray('float64', [this.numEnvs], this.#returns.slice()) }, data: {} };
    return joinSnapshots({ returns, statistics: this.statistics.snapshot() });
  }

  protected override ownRestore(snapshot: Snapshot): void {
    this.#returns.set(readArray(snapshotPart(snapshot, 'returns'), 'returns', 'float64', this.numEnvs, this.id));
    this.statistics.restore(snapshotPart(snapshot, 'statistics'));
  }
}

/**
 * Rewards r become clip(r / √(σ² + ε)), with σ² the running variance of the discounted return G ← γG + r of every copy; G starts anew with each episode.
 * The mean is not subtracted, which would change the task. Put `recordEpisodes` inside to record true returns.
 *
 * Source: OpenAI baselines' VecNormalize; Engstrom et al. 2020. Gymnasium's wrapper keeps G across truncations, this one does not.
 */
export function normalizeReward(env: VectorEnv, options: NormalizeRewardOptions = {}): NormalizedEnv {
  return new RewardNormalizer(env, options);
}
