import { joinSnapshots, ndarray, Rng, snapshotPart, type NdArray, type Snapshot } from '@rivulet/engine';
import type { AutoReset, Env, Rows, VectorEnv, VectorStep } from '../env.js';
import { allocateRows } from '../spaces/allocateRows.js';
import type { BatchSpace } from '../spaces/batchSpace.js';
import { readRow } from '../spaces/readRow.js';
import { rowsOf } from '../spaces/rowsOf.js';
import { writeRow } from '../spaces/writeRow.js';
import { checkActions, type ActionCheck } from './checkActions.js';
import { describeSpace } from './describeSpace.js';
import { describeValue } from './describeValue.js';
import { readArray } from './readArray.js';
import type { VectorizeOptions } from './vectorizeOptions.js';

const RUNNING = 0;
const ENDED = 1;
const NEVER_RESET = 2;

function batchSpaceOf(id: string, what: string, space: Env['observationSpace']): BatchSpace {
  if (space.kind === 'tuple' || space.kind === 'dict' || space.kind === 'text') {
    throw new Error(`vectorizeEnv ${id}: the ${what} space is a ${space.kind}; only box, discrete, multiDiscrete and multiBinary have rows`);
  }
  return space;
}

class LoopVectorEnv implements VectorEnv {
  readonly id: string;
  readonly numEnvs: number;
  readonly observationSpace: BatchSpace;
  readonly actionSpace: BatchSpace;
  readonly autoReset: AutoReset;
  readonly #envs: readonly Env[];
  readonly #limit: number;
  readonly #width: number;
  readonly #seeds: (number | undefined)[];
  readonly #steps: Int32Array;
  readonly #status: Uint8Array;
  readonly #observation: Rows;
  readonly #result: VectorStep;
  readonly #check: ActionCheck;
  #closed = false;

  constructor(make: () => Env, numEnvs: number, options: Omit<VectorizeOptions, 'rngs'>) {
    if (!Number.isInteger(numEnvs) || numEnvs < 1) throw new Error(`vectorizeEnv: numEnvs must be a positive integer, got ${numEnvs}`);
    this.#envs = Array.from({ length: numEnvs }, () => make());
    const [first] = this.#envs;
    this.id = first.id;
    this.numEnvs = numEnvs;
    this.observationSpace = batchSpaceOf(first.id, 'observation', first.observationSpace);
    this.actionSpace = batchSpaceOf(first.id, 'action', first.actionSpace);
    this.autoReset = options.autoReset ?? 'sameStep';
    this.#limit = options.maxEpisodeSteps ?? Infinity;
    this.#width = rowsOf(this.observationSpace).width;
    this.#seeds = [];
    this.#seedAll(options.seed ?? 0);
    this.#steps = new Int32Array(numEnvs);
    this.#status = new Uint8Array(numEnvs).fill(NEVER_RESET);
    this.#observation = allocateRows(this.observationSpace, numEnvs);
    this.#result = {
      observation: this.#observation,
      reward: new Float64Array(numEnvs),
      terminated: new Uint8Array(numEnvs),
      truncated: new Uint8Array(numEnvs),
      finalObservation: allocateRows(this.observationSpace, numEnvs),
    };
    // Whether actions out of bounds are right is for each environment to say.
    this.#check = checkActions(this.id, this.actionSpace, numEnvs, true);
  }

  #seedAll(seed: number): void {
    Rng.fromSeed(seed)
      .split(this.numEnvs)
      .forEach((rng, i) => (this.#seeds[i] = rng.nextUint32()));
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error(`${this.id}: the environment is closed`);
  }

  #store(rows: Rows, copy: number, value: unknown): void {
    const { observationSpace: space } = this;
    const wrong = (): never => {
      throw new Error(`${this.id}: the observation of copy ${copy} is ${describeValue(value)}, expected ${describeSpace(space)}`);
    };
    if (space.kind === 'box') {
      const array = value as Partial<NdArray> | null | undefined;
      if (array?.dtype !== space.dtype || array.data?.length !== this.#width) wrong();
    } else if (!space.contains(value)) wrong();
    writeRow(space, value as never, rows, copy);
    for (let k = copy * this.#width; k < (copy + 1) * this.#width; k++) {
      if (Number.isNaN(rows[k])) throw new Error(`${this.id}: the observation of copy ${copy} has NaN at element ${k - copy * this.#width}`);
    }
  }

  #start(copy: number): void {
    const seed = this.#seeds[copy];
    this.#seeds[copy] = undefined;
    const { observation } = this.#envs[copy].reset(seed === undefined ? {} : { seed });
    this.#status[copy] = RUNNING;
    this.#steps[copy] = 0;
    this.#store(this.#observation, copy, observation);
  }

  reset(options: { readonly seed?: number; readonly mask?: Uint8Array } = {}): Rows {
    this.#assertOpen();
    const { seed, mask } = options;
    if (mask !== undefined && mask.length !== this.numEnvs) throw new Error(`${this.id}: the reset mask has length ${mask.length}, expected ${this.numEnvs}`);
    if (seed !== undefined) this.#seedAll(seed);
    for (let i = 0; i < this.numEnvs; i++) if (mask === undefined || mask[i] !== 0) this.#start(i);
    return this.#observation;
  }

  step(actions: Rows): VectorStep {
    this.#assertOpen();
    this.#assertRunning();
    this.#check(actions);
    const { reward, terminated, truncated } = this.#result;
    for (let i = 0; i < this.numEnvs; i++) {
      if (this.#status[i] === RUNNING) {
        this.#stepCopy(i, readRow(this.actionSpace, actions, i));
        continue;
      }
      this.#start(i);
      reward[i] = 0;
      terminated[i] = 0;
      truncated[i] = 0;
    }
    return this.#result;
  }

  #assertRunning(): void {
    for (let i = 0; i < this.numEnvs; i++) {
      if (this.#status[i] === NEVER_RESET) throw new Error(`${this.id}: step before reset (copy ${i})`);
      if (this.#status[i] === ENDED && this.autoReset === 'disabled') {
        throw new Error(`${this.id}: the episode of copy ${i} has ended; call reset (autoReset is 'disabled')`);
      }
    }
  }

  #stepCopy(copy: number, action: unknown): void {
    const { reward, terminated, truncated, finalObservation } = this.#result;
    const step = this.#envs[copy].step(action);
    if (!Number.isFinite(step.reward)) throw new Error(`${this.id}: the reward of copy ${copy} is ${String(step.reward)}, expected a finite number`);
    const cut = ++this.#steps[copy] >= this.#limit;
    reward[copy] = step.reward;
    terminated[copy] = step.terminated ? 1 : 0;
    truncated[copy] = step.truncated || cut ? 1 : 0;
    if ((terminated[copy] | truncated[copy]) === 0) return this.#store(this.#observation, copy, step.observation);
    this.#store(finalObservation, copy, step.observation);
    if (this.autoReset === 'sameStep') return this.#start(copy);
    this.#status[copy] = ENDED;
    this.#store(this.#observation, copy, step.observation);
  }

  async snapshot(): Promise<Snapshot> {
    const own: Snapshot = {
      arrays: {
        steps: ndarray('int32', [this.numEnvs], this.#steps.slice()),
        status: ndarray('uint8', [this.numEnvs], this.#status.slice()),
        observation: ndarray('float64', [this.numEnvs, this.#width], Float64Array.from(this.#observation)),
      },
      data: { id: this.id, seeds: this.#seeds.map((seed) => seed ?? null) },
    };
    const copies = await Promise.all(this.#envs.map((env) => env.snapshot()));
    return joinSnapshots({ batch: own, ...Object.fromEntries(copies.map((copy, i) => [`copy${i}`, copy])) });
  }

  async restore(snapshot: Snapshot): Promise<void> {
    this.#assertOpen();
    const own = snapshotPart(snapshot, 'batch');
    if (own.data.id !== this.id) throw new Error(`${this.id}: the snapshot is of '${String(own.data.id)}'`);
    const steps = readArray(own, 'steps', 'int32', this.numEnvs, this.id);
    const status = readArray(own, 'status', 'uint8', this.numEnvs, this.id);
    const observation = readArray(own, 'observation', 'float64', this.numEnvs * this.#width, this.id);
    await Promise.all(this.#envs.map((env, i) => env.restore(snapshotPart(snapshot, `copy${i}`))));
    this.#steps.set(steps);
    this.#status.set(status);
    this.#observation.set(observation);
    (own.data.seeds as readonly (number | null)[]).forEach((seed, i) => (this.#seeds[i] = seed ?? undefined));
  }

  close(): void {
    if (!this.#closed) this.#envs.forEach((env) => env.close());
    this.#closed = true;
  }
}

/**
 * N single environments in a loop as a `VectorEnv`: for environments that have no definition. Every copy is made by its own call of `make`, and
 * gets its own seed, drawn from the i-th stream split from the batch's seed.
 * A `maxEpisodeSteps` here is added to the environments' own limits.
 * @throws when a space has no rows; later, when an observation does not fit its space or has NaN, or a reward is not finite, naming the copy.
 */
export function vectorizeEnv(make: () => Env, numEnvs: number, options: Omit<VectorizeOptions, 'rngs'> = {}): VectorEnv {
  return new LoopVectorEnv(make, numEnvs, options);
}
