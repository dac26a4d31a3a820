import { ndarray, type Snapshot } from '@rivulet/engine';
import type { Rows, VectorEnv, VectorStep } from '../env.js';
import type { Discrete, Space } from '../space.js';
import { box } from '../spaces/box.js';
import { readArray } from '../vector/readArray.js';
import { VectorEnvWrapper, type ResetOptions } from './vectorEnvWrapper.js';

function discreteOf(space: Space): Discrete {
  if (space.kind !== 'discrete') throw new Error(`oneHotObservation: the observation space must be discrete, got ${space.kind}`);
  return space;
}

class OneHotEncoder extends VectorEnvWrapper {
  readonly #n: number;
  readonly #start: number;
  readonly #observation: Float32Array;
  readonly #final: Float32Array;

  constructor(env: VectorEnv) {
    const { n, start } = discreteOf(env.observationSpace);
    super(env, { observationSpace: box({ low: 0, high: 1, shape: [n] }) });
    this.#n = n;
    this.#start = start;
    this.#observation = new Float32Array(env.numEnvs * n);
    this.#final = new Float32Array(env.numEnvs * n);
  }

  #encode(copy: number, rows: Rows, out: Float32Array): void {
    out.fill(0, copy * this.#n, (copy + 1) * this.#n);
    out[copy * this.#n + rows[copy] - this.#start] = 1;
  }

  override reset(options: ResetOptions = {}): Rows {
    const rows = super.reset(options);
    for (let i = 0; i < this.numEnvs; i++) if (options.mask === undefined || options.mask[i] !== 0) this.#encode(i, rows, this.#observation);
    return this.#observation;
  }

  step(actions: Rows): VectorStep {
    const step = this.inner.step(actions);
    this.noteStep(step);
    for (let i = 0; i < this.numEnvs; i++) {
      this.#encode(i, step.observation, this.#observation);
      if (this.ended[i] === 1) this.#encode(i, step.finalObservation, this.#final);
    }
    return { ...step, observation: this.#observation, finalObservation: this.#final };
  }

  protected override ownSnapshot(): Snapshot {
    return { arrays: { observation: ndarray('float32', [this.numEnvs, this.#n], this.#observation.slice()) }, data: {} };
  }

  protected override ownRestore(snapshot: Snapshot): void {
    this.#observation.set(readArray(snapshot, 'observation', 'float32', this.#observation.length, this.id));
  }
}

/**
 * Discrete observations become vectors of n numbers, 1 at the observation and 0 elsewhere; final observations too.
 * @throws when observations are not Discrete.
 */
export function oneHotObservation(env: VectorEnv): VectorEnv {
  return new OneHotEncoder(env);
}
