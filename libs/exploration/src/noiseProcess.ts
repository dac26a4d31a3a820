import { joinSnapshots, ndarray, restoreRng, snapshotPart, snapshotRng } from '@rivulet/engine';
import type { Rng, Snapshot, Snapshotable } from '@rivulet/engine';
import type { OrnsteinUhlenbeckOptions } from './ornsteinUhlenbeck.js';

/** The law of a {@link noiseProcess}. */
export type NoiseLaw = { readonly kind: 'gaussian'; readonly std: number } | ({ readonly kind: 'ornsteinUhlenbeck' } & OrnsteinUhlenbeckOptions);

/** What bounds noisy actions: a number, or one for each of the m dimensions. */
export interface ActionBounds {
  readonly low: number | ArrayLike<number>;
  readonly high: number | ArrayLike<number>;
}

/** Action noise of N copies on the host, with its random stream and, if correlated, its state. */
export interface NoiseProcess extends Snapshotable {
  /**
   * Advances the noise by one step and adds `scale` times it (1 unless given) to the actions in place, within the bounds.
   * @param actions `[N, m]`, row major
   * @returns the same array
   * @throws when it is not N·m long.
   */
  perturb(actions: Float32Array, options?: { readonly scale?: number; readonly bounds?: ActionBounds }): Float32Array;
  /** Starts the noise anew at the mean: in the rows with `mask` 1, or in all. Call it where episodes end. */
  reset(mask?: ArrayLike<number>): void;
}

/**
 * Noise for the actions `[rows, size]` of copies of an environment, independent between rows and dimensions; with kind
 * 'ornsteinUhlenbeck' correlated in time (see `ornsteinUhlenbeck` for the formula). The stream is taken over: do not draw from it elsewhere.
 *
 * @throws when rows or size is not a positive integer.
 */
export function noiseProcess(rows: number, size: number, law: NoiseLaw, rng: Rng): NoiseProcess {
  if (!Number.isInteger(rows) || rows < 1 || !Number.isInteger(size) || size < 1) throw new Error(`noiseProcess: rows and size must be positive integers, got ${rows} and ${size}`);
  const length = rows * size;
  const mean = law.kind === 'gaussian' ? 0 : (law.mean ?? 0);
  const state = new Float32Array(length).fill(mean);
  const normal = new Float32Array(length);
  let stream = rng;

  return {
    perturb(actions, { scale = 1, bounds } = {}) {
      if (actions.length !== length) throw new Error(`noiseProcess: actions must hold ${rows} x ${size} numbers, got ${actions.length}`);
      advance(state, stream.fillNormal(normal), law);
      for (let i = 0; i < length; i++) actions[i] += scale * state[i];
      if (bounds !== undefined) clip(actions, size, bounds);
      return actions;
    },
    reset(mask) {
      for (let row = 0; row < rows; row++) if (mask === undefined || mask[row]) state.fill(mean, row * size, (row + 1) * size);
    },
    snapshot() {
      return joinSnapshots({ noise: { arrays: { state: ndarray('float32', [rows, size], state.slice()) }, data: {} }, rng: snapshotRng(stream) });
    },
    restore(snapshot: Snapshot) {
      const saved = snapshotPart(snapshot, 'noise').arrays.state;
      if (saved?.dtype !== 'float32' || saved.shape.join() !== [rows, size].join()) {
        throw new Error(`noiseProcess: the snapshot's 'noise/state' must be float32 [${rows}, ${size}], got ${saved === undefined ? 'none' : `${saved.dtype} [${saved.shape.join(', ')}]`}`);
      }
      stream = restoreRng(snapshotPart(snapshot, 'rng'));
      state.set(saved.data);
    },
  };
}

function advance(state: Float32Array, normal: Float32Array, law: NoiseLaw): void {
  if (law.kind === 'gaussian') {
    for (let i = 0; i < state.length; i++) state[i] = law.std * normal[i];
    return;
  }
  const { std, theta = 0.15, mean = 0, dt = 0.01 } = law;
  const [pull, push] = [theta * dt, std * Math.sqrt(dt)];
  for (let i = 0; i < state.length; i++) state[i] += pull * (mean - state[i]) + push * normal[i];
}

function clip(actions: Float32Array, size: number, { low, high }: ActionBounds): void {
  for (let i = 0; i < actions.length; i++) {
    const least = typeof low === 'number' ? low : low[i % size];
    const most = typeof high === 'number' ? high : high[i % size];
    actions[i] = Math.min(Math.max(actions[i], least), most);
  }
}
