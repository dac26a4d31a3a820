import { ndarray, type Snapshot } from '@rivulet/engine';
import type { Rows, VectorEnv, VectorStep } from '../env.js';
import { box } from '../spaces/box.js';
import { readArray } from '../vector/readArray.js';
import { boxOf } from './boxOf.js';
import { VectorEnvWrapper, type ResetOptions } from './vectorEnvWrapper.js';

function repeat(values: Float64Array, times: number): Float64Array {
  const out = new Float64Array(times * values.length);
  for (let t = 0; t < times; t++) out.set(values, t * values.length);
  return out;
}

class FrameStacker extends VectorEnvWrapper {
  readonly #frames: number;
  readonly #width: number;
  readonly #stack: Float32Array;
  readonly #final: Float32Array;

  constructor(env: VectorEnv, frames: number) {
    const { shape, low, high, dtype } = boxOf('frameStack', 'observation', env.observationSpace);
    if (!Number.isInteger(frames) || frames < 1) throw new Error(`frameStack: frames must be a positive integer, got ${frames}`);
    super(env, { observationSpace: box({ low: repeat(low, frames), high: repeat(high, frames), shape: [frames, ...shape], dtype }) });
    this.#frames = frames;
    this.#width = low.length;
    this.#stack = new Float32Array(env.numEnvs * frames * low.length);
    this.#final = new Float32Array(this.#stack.length);
  }

  #fill(copy: number, rows: Rows): void {
    const frame = rows.subarray(copy * this.#width, (copy + 1) * this.#width);
    for (let k = 0; k < this.#frames; k++) this.#stack.set(frame, (copy * this.#frames + k) * this.#width);
  }

  /** Writes the frames of a copy but the oldest, then the new one, into `out`. */
  #push(copy: number, rows: Rows, out: Float32Array): void {
    const start = copy * this.#frames * this.#width;
    const end = start + this.#frames * this.#width;
    out.set(this.#stack.subarray(start + this.#width, end), start);
    out.set(rows.subarray(copy * this.#width, (copy + 1) * this.#width), end - this.#width);
  }

  override reset(options: ResetOptions = {}): Rows {
    const rows = super.reset(options);
    for (let i = 0; i < this.numEnvs; i++) if (options.mask === undefined || options.mask[i] !== 0) this.#fill(i, rows);
    return this.#stack;
  }

  step(actions: Rows): VectorStep {
    const step = this.inner.step(actions);
    for (let i = 0; i < this.numEnvs; i++) {
      const over = (step.terminated[i] | step.truncated[i]) !== 0;
      if (over) this.#push(i, step.finalObservation, this.#final);
      if (this.resets(i) || (over && this.autoReset === 'sameStep')) this.#fill(i, step.observation);
      else this.#push(i, step.observation, this.#stack);
    }
    this.noteStep(step);
    return { ...step, observation: this.#stack, finalObservation: this.#final };
  }

  protected override ownSnapshot(): Snapshot {
    return { arrays: { stack: ndarray('float32', [this.numEnvs, this.#frames, this.#width], this.#stack.slice()) }, data: {} };
  }

  protected override ownRestore(snapshot: Snapshot): void {
    this.#stack.set(readArray(snapshot, 'stack', 'float32', this.#stack.length, this.id));
  }
}

/**
 * Observations [D...] become the last `frames` ones, [frames, D...], oldest first; a new episode starts with copies of its first observation. Final observations
 * hold the true last frames of their episode.
 * @throws when observations are not a Box, or frames is not a positive integer.
 */
export function frameStack(env: VectorEnv, frames: number): VectorEnv {
  return new FrameStacker(env, frames);
}
