import type { Rows, VectorEnv, VectorStep } from '../env.js';
import { rowsOf } from '../spaces/rowsOf.js';
import { VectorEnvWrapper, type ResetOptions } from './vectorEnvWrapper.js';

class FiniteChecker extends VectorEnvWrapper {
  readonly #width: number;

  constructor(env: VectorEnv) {
    super(env);
    this.#width = rowsOf(env.observationSpace).width;
  }

  #check(what: string, rows: Rows, copy: number): void {
    for (let d = 0; d < this.#width; d++) {
      const value = rows[copy * this.#width + d];
      if (!Number.isFinite(value)) throw new Error(`${this.id}: the ${what} of copy ${copy} has ${value} at element ${d}, expected finite numbers`);
    }
  }

  override reset(options: ResetOptions = {}): Rows {
    const rows = super.reset(options);
    for (let i = 0; i < this.numEnvs; i++) if (options.mask === undefined || options.mask[i] !== 0) this.#check('observation', rows, i);
    return rows;
  }

  step(actions: Rows): VectorStep {
    const step = this.inner.step(actions);
    this.noteStep(step);
    for (let i = 0; i < this.numEnvs; i++) {
      if (!Number.isFinite(step.reward[i])) throw new Error(`${this.id}: the reward of copy ${i} is ${step.reward[i]}, expected a finite number`);
      this.#check('observation', step.observation, i);
      if (this.ended[i] === 1) this.#check('final observation', step.finalObservation, i);
    }
    return step;
  }
}

/** Throws as soon as a reward or an observation is NaN or infinite, naming the environment, the copy and the element. */
export function checkFinite(env: VectorEnv): VectorEnv {
  return new FiniteChecker(env);
}
