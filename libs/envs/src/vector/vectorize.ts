import { ndarray, Rng, type Json, type Snapshot } from '@rivulet/engine';
import type { AutoReset, Rows, VectorStep } from '../env.js';
import { allocateRows } from '../spaces/allocateRows.js';
import type { BatchSpace } from '../spaces/batchSpace.js';
import type { Batch } from './batch.js';
import type { BatchedEnv } from './batchedEnv.js';
import { checkActions, type ActionCheck } from './checkActions.js';
import type { EnvDefinition } from './envDefinition.js';
import type { EnvSource } from './envSource.js';
import { readArray } from './readArray.js';
import type { VectorizeOptions } from './vectorizeOptions.js';

const RUNNING = 0;
const ENDED = 1;
const NEVER_RESET = 2;

class DefinedVectorEnv implements BatchedEnv {
  readonly id: string;
  readonly numEnvs: number;
  readonly observationSpace: BatchSpace;
  readonly actionSpace: BatchSpace;
  readonly autoReset: AutoReset;
  readonly maxEpisodeSteps: number;
  readonly rewardThreshold: number | undefined;
  readonly #definition: EnvDefinition;
  readonly #batch: Batch & { rngs: Rng[] };
  readonly #steps: Int32Array;
  readonly #status: Uint8Array;
  readonly #observation: Rows;
  readonly #finalObservation: Rows;
  readonly #result: VectorStep;
  readonly #check: ActionCheck;
  /** How many copies are not running. */
  #idle: number;
  #closed = false;

  constructor(definition: EnvDefinition, numEnvs: number, options: VectorizeOptions) {
    const { autoReset = 'sameStep', seed = 0, rngs } = options;
    if (!Number.isInteger(numEnvs) || numEnvs < 1) throw new Error(`vectorize ${definition.id}: numEnvs must be a positive integer, got ${numEnvs}`);
    if (autoReset !== 'sameStep' && autoReset !== 'nextStep' && autoReset !== 'disabled') {
      throw new Error(`vectorize ${definition.id}: autoReset must be 'sameStep', 'nextStep' or 'disabled', got '${String(autoReset)}'`);
    }
    if (rngs !== undefined && rngs.length !== numEnvs) throw new Error(`vectorize ${definition.id}: ${rngs.length} rngs for ${numEnvs} copies`);
    const limit = options.maxEpisodeSteps ?? definition.maxEpisodeSteps ?? Infinity;
    if (!(limit >= 1) || (limit !== Infinity && !Number.isInteger(limit))) {
      throw new Error(`vectorize ${definition.id}: maxEpisodeSteps must be a positive integer or Infinity, got ${limit}`);
    }
    this.id = definition.id;
    this.numEnvs = numEnvs;
    this.observationSpace = definition.observationSpace;
    this.actionSpace = definition.actionSpace;
    this.autoReset = autoReset;
    this.maxEpisodeSteps = limit;
    this.rewardThreshold = definition.rewardThreshold;
    this.#definition = definition;
    this.#batch = {
      numEnvs,
      state: new Float64Array(definition.stateSize * numEnvs),
      reward: new Float64Array(numEnvs),
      terminated: new Uint8Array(numEnvs),
      truncated: new Uint8Array(numEnvs),
      rngs: rngs === undefined ? Rng.fromSeed(seed).split(numEnvs) : [...rngs],
    };
    this.#steps = new Int32Array(numEnvs);
    this.#status = new Uint8Array(numEnvs).fill(NEVER_RESET);
    this.#idle = numEnvs;
    this.#observation = allocateRows(definition.observationSpace, numEnvs);
    this.#finalObservation = allocateRows(definition.observationSpace, numEnvs);
    const { reward, terminated, truncated } = this.#batch;
    this.#result = { observation: this.#observation, reward, terminated, truncated, finalObservation: this.#finalObservation };
    this.#check = checkActions(definition.id, definition.actionSpace, numEnvs, definition.clipsActions ?? false);
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error(`${this.id}: the environment is closed`);
  }

  #start(copy: number): void {
    this.#steps[copy] = 0;
    if (this.#status[copy] !== RUNNING) {
      this.#status[copy] = RUNNING;
      this.#idle--;
    }
  }

  reset(options: { readonly seed?: number; readonly mask?: Uint8Array } = {}): Rows {
    this.#assertOpen();
    const { seed, mask } = options;
    if (mask !== undefined && mask.length !== this.numEnvs) throw new Error(`${this.id}: the reset mask has length ${mask.length}, expected ${this.numEnvs}`);
    if (seed !== undefined) Rng.fromSeed(seed).split(this.numEnvs).forEach((rng, i) => (this.#batch.rngs[i] = rng));
    for (let i = 0; i < this.numEnvs; i++) {
      if (mask !== undefined && mask[i] === 0) continue;
      this.#definition.reset(this.#batch, i);
      this.#start(i);
      this.#definition.observe(this.#batch, this.#observation, i, i + 1);
    }
    return this.#observation;
  }

  step(actions: Rows): VectorStep {
    this.#assertOpen();
    if (this.#idle > 0 && (this.autoReset !== 'nextStep' || this.#status.includes(NEVER_RESET))) this.#refuse();
    this.#check(actions);
    this.#batch.truncated.fill(0);
    if (this.#idle === 0) this.#advance(actions, 0, this.numEnvs);
    else this.#advanceRunning(actions);
    this.#definition.observe(this.#batch, this.#observation, 0, this.numEnvs);
    return this.#result;
  }

  /** Under 'nextStep', ended copies are reset instead of stepped; the others go on in runs. */
  #advanceRunning(actions: Rows): void {
    const { reward, terminated } = this.#batch;
    let from = 0;
    for (let i = 0; i <= this.numEnvs; i++) {
      if (i < this.numEnvs && this.#status[i] === RUNNING) continue;
      if (from < i) this.#advance(actions, from, i);
      from = i + 1;
      if (i === this.numEnvs) break;
      this.#definition.reset(this.#batch, i);
      this.#start(i);
      reward[i] = 0;
      terminated[i] = 0;
    }
  }

  #advance(actions: Rows, from: number, to: number): void {
    this.#definition.step(this.#batch, actions, from, to);
    const { terminated, truncated } = this.#batch;
    const steps = this.#steps;
    const limit = this.maxEpisodeSteps;
    for (let i = from; i < to; i++) {
      const elapsed = ++steps[i];
      if (elapsed >= limit) truncated[i] = 1;
      if ((terminated[i] | truncated[i]) !== 0) this.#end(i);
    }
  }

  #end(copy: number): void {
    this.#definition.observe(this.#batch, this.#finalObservation, copy, copy + 1);
    if (this.autoReset === 'sameStep') {
      this.#definition.reset(this.#batch, copy);
      this.#steps[copy] = 0;
    } else {
      this.#status[copy] = ENDED;
      this.#idle++;
    }
  }

  #refuse(): never {
    const copy = this.#status.findIndex((status) => status !== RUNNING);
    if (this.#status[copy] === NEVER_RESET) throw new Error(`${this.id}: step before reset (copy ${copy})`);
    throw new Error(`${this.id}: the episode of copy ${copy} has ended; call reset (autoReset is 'disabled')`);
  }

  getState(copy: number): Float64Array {
    const { state } = this.#batch;
    return Float64Array.from({ length: this.#definition.stateSize }, (_, k) => state[k * this.numEnvs + copy]);
  }

  setState(copy: number, state: ArrayLike<number>): Rows {
    this.#assertOpen();
    const size = this.#definition.stateSize;
    if (!Number.isInteger(copy) || copy < 0 || copy >= this.numEnvs) throw new Error(`${this.id}: no copy ${copy}; there are ${this.numEnvs}`);
    if (state.length !== size) throw new Error(`${this.id}: a state has ${size} numbers, got ${state.length}`);
    for (let k = 0; k < size; k++) this.#batch.state[k * this.numEnvs + copy] = state[k];
    this.#start(copy);
    this.#definition.observe(this.#batch, this.#observation, copy, copy + 1);
    return this.#observation;
  }

  info(copy: number): { readonly [key: string]: Json } {
    return this.#definition.info?.(this.#batch, copy) ?? {};
  }

  snapshot(): Snapshot {
    const { state, rngs } = this.#batch;
    const streams = Float64Array.from(rngs.flatMap((rng) => [...rng.state().key, rng.state().position]));
    return {
      arrays: {
        state: ndarray('float64', [this.#definition.stateSize, this.numEnvs], state.slice()),
        steps: ndarray('int32', [this.numEnvs], this.#steps.slice()),
        status: ndarray('uint8', [this.numEnvs], this.#status.slice()),
        streams: ndarray('float64', [this.numEnvs, 3], streams),
      },
      data: { id: this.id, numEnvs: this.numEnvs },
    };
  }

  restore(snapshot: Snapshot): void {
    this.#assertOpen();
    const { data } = snapshot;
    if (data.id !== this.id) throw new Error(`${this.id}: the snapshot is of '${String(data.id)}'`);
    if (data.numEnvs !== this.numEnvs) throw new Error(`${this.id}: the snapshot has numEnvs ${String(data.numEnvs)}, expected ${this.numEnvs}`);
    const state = readArray(snapshot, 'state', 'float64', this.#batch.state.length, this.id);
    const steps = readArray(snapshot, 'steps', 'int32', this.numEnvs, this.id);
    const status = readArray(snapshot, 'status', 'uint8', this.numEnvs, this.id);
    const streams = readArray(snapshot, 'streams', 'float64', 3 * this.numEnvs, this.id);
    this.#batch.state.set(state);
    this.#steps.set(steps);
    this.#status.set(status);
    this.#idle = this.#status.reduce((count, value) => count + (value === RUNNING ? 0 : 1), 0);
    for (let i = 0; i < this.numEnvs; i++) {
      this.#batch.rngs[i] = Rng.fromState({ key: [streams[3 * i], streams[3 * i + 1]], position: streams[3 * i + 2] });
    }
    // Whoever holds the observation of before sees the restored one.
    for (let i = 0; i < this.numEnvs; i++) {
      if (status[i] !== NEVER_RESET) this.#definition.observe(this.#batch, this.#observation, i, i + 1);
    }
  }

  close(): void {
    this.#closed = true;
  }
}

/**
 * N copies of a defined environment, stepping together without allocation. Every copy draws from its own stream
 * (the i-th split from the seed), so that copy i of a batch equals a single copy on the same stream.
 *
 * Actions are checked (type, length, values). The time limit sets `truncated`; ending rows of `finalObservation` hold the
 * true last observation under every auto-reset mode. With 'nextStep' the action of an ended copy is ignored, but must still be in the space.
 * @throws when `numEnvs`, `autoReset` or `maxEpisodeSteps` are not valid.
 */
export function vectorize(source: EnvSource, numEnvs: number, options: VectorizeOptions = {}): BatchedEnv {
  return new DefinedVectorEnv(typeof source === 'function' ? source() : source, numEnvs, options);
}
