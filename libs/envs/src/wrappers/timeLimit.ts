import { ndarray, type Snapshot } from '@rivulet/engine';
import type { Rows, VectorEnv, VectorStep } from '../env.js';
import { allocateRows } from '../spaces/allocateRows.js';
import { rowsOf } from '../spaces/rowsOf.js';
import { readArray } from '../vector/readArray.js';
import { VectorEnvWrapper } from './vectorEnvWrapper.js';

class TimeLimited extends VectorEnvWrapper {
  readonly #limit: number;
  readonly #steps: Int32Array;
  /** [N], 1 where this wrapper ended the episode, and what it wraps does not know. */
  readonly #cut: Uint8Array;
  readonly #reward: Float64Array;
  readonly #terminated: Uint8Array;
  readonly #truncated: Uint8Array;
  readonly #observation: Rows;
  readonly #final: Rows;

  constructor(env: VectorEnv, maxSteps: number) {
    super(env);
    if (!Number.isInteger(maxSteps) || maxSteps < 1) throw new Error(`timeLimit: maxSteps must be a positive integer, got ${maxSteps}`);
    const n = env.numEnvs;
    this.#limit = maxSteps;
    this.#steps = new Int32Array(n);
    this.#cut = new Uint8Array(n);
    this.#reward = new Float64Array(n);
    this.#terminated = new Uint8Array(n);
    this.#truncated = new Uint8Array(n);
    this.#observation = allocateRows(env.observationSpace, n);
    this.#final = allocateRows(env.observationSpace, n);
  }

  protected override noteReset(mask: Uint8Array | undefined): void {
    super.noteReset(mask);
    for (let i = 0; i < this.numEnvs; i++) {
      if (mask !== undefined && mask[i] === 0) continue;
      this.#steps[i] = 0;
      this.#cut[i] = 0;
    }
  }

  override reset(options: { readonly seed?: number; readonly mask?: Uint8Array } = {}): Rows {
    this.#observation.set(super.reset(options));
    return this.#observation;
  }

  step(actions: Rows): VectorStep {
    const pending = this.#cut.indexOf(1);
    if (pending >= 0 && this.autoReset === 'disabled') {
      throw new Error(`${this.id}: the episode of copy ${pending} has ended; call reset (autoReset is 'disabled')`);
    }
    const step = this.inner.step(actions);
    this.#reward.set(step.reward);
    this.#terminated.set(step.terminated);
    this.#truncated.set(step.truncated);
    this.#final.set(step.finalObservation);
    this.#observation.set(step.observation);
    if (pending >= 0) this.#resetPending();
    else for (let i = 0; i < this.numEnvs; i++) if (this.resets(i)) this.#steps[i] = -1;
    this.#count();
    const result = { observation: this.#observation, reward: this.#reward, terminated: this.#terminated, truncated: this.#truncated, finalObservation: this.#final };
    this.noteStep(result);
    return result;
  }

  /** Under 'nextStep': what was cut at the last step starts anew, whatever the wrapped env made of this one. */
  #resetPending(): void {
    this.#observation.set(this.inner.reset({ mask: this.#cut }));
    for (let i = 0; i < this.numEnvs; i++) {
      if (this.resets(i)) this.#steps[i] = -1;
      if (this.#cut[i] === 0) continue;
      this.#reward[i] = 0;
      this.#terminated[i] = 0;
      this.#truncated[i] = 0;
      this.#cut[i] = 0;
    }
  }

  #count(): void {
    const { width } = rowsOf(this.observationSpace);
    let cuts = 0;
    for (let i = 0; i < this.numEnvs; i++) {
      const late = ++this.#steps[i] >= this.#limit;
      const over = (this.#terminated[i] | this.#truncated[i]) !== 0;
      if (late) this.#truncated[i] = 1;
      if (late && !over) {
        this.#cut[i] = 1;
        cuts++;
        this.#final.set(this.#observation.subarray(i * width, (i + 1) * width), i * width);
      }
      if (late || over) this.#steps[i] = 0;
    }
    if (cuts === 0 || this.autoReset !== 'sameStep') return;
    this.#observation.set(this.inner.reset({ mask: this.#cut }));
    this.#cut.fill(0);
  }

  protected override ownSnapshot(): Snapshot {
    return {
      arrays: {
        steps: ndarray('int32', [this.numEnvs], this.#steps.slice()),
        cut: ndarray('uint8', [this.numEnvs], this.#cut.slice()),
        observation: ndarray('float64', [this.#observation.length], Float64Array.from(this.#observation)),
      },
      data: {},
    };
  }

  protected override ownRestore(snapshot: Snapshot): void {
    this.#steps.set(readArray(snapshot, 'steps', 'int32', this.numEnvs, this.id));
    this.#cut.set(readArray(snapshot, 'cut', 'uint8', this.numEnvs, this.id));
    this.#observation.set(readArray(snapshot, 'observation', 'float64', this.#observation.length, this.id));
  }
}

/**
 * Truncates episodes after `maxSteps` steps, under every auto-reset mode and with the true final observation. For environments with a definition,
 * the option `maxEpisodeSteps` of `vectorize` does the same more cheaply. Under 'nextStep' a copy that was cut is stepped once more
 * inside, and the result thrown away.
 * @throws when maxSteps is not a positive integer.
 */
export function timeLimit(env: VectorEnv, maxSteps: number): VectorEnv {
  return new TimeLimited(env, maxSteps);
}
