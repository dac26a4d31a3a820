import type { NdArray, Snapshot } from '@rivulet/engine';
import type { Rows, Step } from '../env.js';
import type { Space } from '../space.js';
import { allocateRows } from '../spaces/allocateRows.js';
import type { BatchSpace } from '../spaces/batchSpace.js';
import { readRow } from '../spaces/readRow.js';
import type { ValueOf } from '../spaces/valueOf.js';
import { writeRow } from '../spaces/writeRow.js';
import type { BatchedEnv } from './batchedEnv.js';
import type { DefinedEnv } from './definedEnv.js';
import { describeSpace } from './describeSpace.js';
import { describeValue } from './describeValue.js';
import type { EnvDefinition } from './envDefinition.js';
import type { EnvSource } from './envSource.js';
import { vectorize } from './vectorize.js';
import type { VectorizeOptions } from './vectorizeOptions.js';

class OneCopy<O extends BatchSpace, A extends BatchSpace> implements DefinedEnv<O, A> {
  readonly observationSpace: Space<ValueOf<O>>;
  readonly actionSpace: Space<ValueOf<A>>;
  readonly #definition: EnvDefinition<O, A>;
  readonly #env: BatchedEnv;
  readonly #actions: Rows;

  constructor(definition: EnvDefinition<O, A>, options: Omit<VectorizeOptions, 'autoReset'>) {
    this.#definition = definition;
    this.#env = vectorize(definition, 1, { ...options, autoReset: 'disabled' });
    this.#actions = allocateRows(definition.actionSpace, 1);
    this.observationSpace = definition.observationSpace as unknown as Space<ValueOf<O>>;
    this.actionSpace = definition.actionSpace as unknown as Space<ValueOf<A>>;
  }

  get id(): string {
    return this.#env.id;
  }

  get maxEpisodeSteps(): number {
    return this.#env.maxEpisodeSteps;
  }

  get rewardThreshold(): number | undefined {
    return this.#env.rewardThreshold;
  }

  reset(options: { readonly seed?: number } = {}): { observation: ValueOf<O>; info: Step<unknown>['info'] } {
    const rows = this.#env.reset(options.seed === undefined ? {} : { seed: options.seed });
    return { observation: readRow(this.#definition.observationSpace, rows, 0), info: this.#env.info(0) };
  }

  step(action: ValueOf<A>): Step<ValueOf<O>> {
    this.#checkAction(action);
    writeRow(this.#definition.actionSpace, action, this.#actions, 0);
    const { observation, reward, terminated, truncated } = this.#env.step(this.#actions);
    return {
      observation: readRow(this.#definition.observationSpace, observation, 0),
      reward: reward[0],
      terminated: terminated[0] === 1,
      truncated: truncated[0] === 1,
      info: this.#env.info(0),
    };
  }

  #checkAction(action: unknown): void {
    const { id, actionSpace, clipsActions } = this.#definition;
    if (actionSpace.contains(action)) return;
    const array = action as Partial<NdArray> | null | undefined;
    // Values out of bounds are the dynamics' to clip; the batch refuses those that are not finite.
    if (clipsActions && actionSpace.kind === 'box' && array?.dtype === actionSpace.dtype && String(array.shape) === String(actionSpace.shape)) return;
    throw new Error(`${id}: the action is ${describeValue(action)}, expected ${describeSpace(actionSpace)}`);
  }

  getState(): Float64Array {
    return this.#env.getState(0);
  }

  setState(state: ArrayLike<number>): ValueOf<O> {
    return readRow(this.#definition.observationSpace, this.#env.setState(0, state), 0);
  }

  snapshot(): Snapshot {
    return this.#env.snapshot();
  }

  restore(snapshot: Snapshot): void {
    this.#env.restore(snapshot);
  }

  close(): void {
    this.#env.close();
  }
}

/**
 * One copy of a defined environment as an `Env`: it equals the only copy of `vectorize(source, 1, { autoReset: 'disabled' })` with the same seed.
 * @throws when `maxEpisodeSteps` is not valid.
 */
export function toEnv<O extends BatchSpace, A extends BatchSpace>(source: EnvSource<O, A>, options: Omit<VectorizeOptions, 'autoReset'> = {}): DefinedEnv<O, A> {
  return new OneCopy(typeof source === 'function' ? source() : source, options);
}
