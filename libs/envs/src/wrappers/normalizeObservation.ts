import { joinSnapshots, ndarray, snapshotPart, type Snapshot } from '@rivulet/engine';
import type { Rows, VectorEnv, VectorStep } from '../env.js';
import { box } from '../spaces/box.js';
import { readArray } from '../vector/readArray.js';
import { boxOf } from './boxOf.js';
import type { NormalizedEnv } from './normalizedEnv.js';
import { runningMoments, type RunningMoments } from './runningMoments.js';
import { VectorEnvWrapper, type ResetOptions } from './vectorEnvWrapper.js';

/** How {@link normalizeObservation} works. */
export interface NormalizeObservationOptions {
  /** Added to the variance. Default 1e-8. */
  readonly epsilon?: number;
  /** Bound on the size of the result. Default Infinity. */
  readonly clip?: number;
  /** Statistics shared with another env, for instance those of training for an evaluation. Default: new ones. */
  readonly statistics?: RunningMoments;
  /** Whether the statistics learn. Default true. */
  readonly updating?: boolean;
}

class ObservationNormalizer extends VectorEnvWrapper implements NormalizedEnv {
  readonly statistics: RunningMoments;
  updating: boolean;
  readonly #epsilon: number;
  readonly #clip: number;
  readonly #observation: Float32Array;
  readonly #final: Float32Array;

  constructor(env: VectorEnv, options: NormalizeObservationOptions) {
    const { epsilon = 1e-8, clip = Infinity, updating = true } = options;
    const { shape, low } = boxOf('normalizeObservation', 'observation', env.observationSpace);
    super(env, { observationSpace: box({ low: -clip, high: clip, shape }) });
    if (options.statistics !== undefined && options.statistics.size !== low.length) {
      throw new Error(`normalizeObservation: the statistics have ${options.statistics.size} elements, the observations ${low.length}`);
    }
    this.statistics = options.statistics ?? runningMoments(low.length);
    this.updating = updating;
    this.#epsilon = epsilon;
    this.#clip = clip;
    this.#observation = new Float32Array(env.numEnvs * low.length);
    this.#final = new Float32Array(env.numEnvs * low.length);
  }

  #normalize(from: Rows, to: Float32Array, copy: number): void {
    const { mean, variance, size } = this.statistics;
    for (let d = 0; d < size; d++) {
      const at = copy * size + d;
      const value = (from[at] - mean[d]) / Math.sqrt(variance[d] + this.#epsilon);
      to[at] = Math.min(Math.max(value, -this.#clip), this.#clip);
    }
  }

  override reset(options: ResetOptions = {}): Rows {
    const rows = super.reset(options);
    const { mask } = options;
    if (this.updating) this.statistics.update(rows, mask);
    for (let i = 0; i < this.numEnvs; i++) if (mask === undefined || mask[i] !== 0) this.#normalize(rows, this.#observation, i);
    return this.#observation;
  }

  step(actions: Rows): VectorStep {
    const step = this.inner.step(actions);
    this.noteStep(step);
    if (this.updating) this.statistics.update(step.observation);
    for (let i = 0; i < this.numEnvs; i++) {
      this.#normalize(step.observation, this.#observation, i);
      if (this.ended[i] === 1) this.#normalize(step.finalObservation, this.#final, i);
    }
    return { ...step, observation: this.#observation, finalObservation: this.#final };
  }

  protected override ownSnapshot(): Snapshot {
    const shown: Snapshot = { arrays: { observation: ndarray('float32', [this.numEnvs, this.statistics.size], this.#observation.slice()) }, data: {} };
    return joinSnapshots({ shown, statistics: this.statistics.snapshot() });
  }

  protected override ownRestore(snapshot: Snapshot): void {
    this.#observation.set(readArray(snapshotPart(snapshot, 'shown'), 'observation', 'float32', this.#observation.length, this.id));
    this.statistics.restore(snapshotPart(snapshot, 'statistics'));
  }
}

/**
 * Observations x become clip((x − μ) / √(σ² + ε)), with running mean and variance per element over all copies; final observations too.
 * The statistics take in the returned observations before they are used (final observations under 'sameStep' are not counted).
 * @throws when observations are not a Box.
 */
export function normalizeObservation(env: VectorEnv, options: NormalizeObservationOptions = {}): NormalizedEnv {
  return new ObservationNormalizer(env, options);
}
