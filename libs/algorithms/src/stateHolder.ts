import type { HostBatch, NdArray, Rng, Snapshot, tf, Tree } from '@rivulet/engine';
import { CompiledState } from './compiledState.js';
import { EagerState } from './eagerState.js';
import type { Learner } from './learner.js';

/** Holds the newest state of a learner, makes updates, and averages their metrics until they are read. */
export interface StateHolder<S extends Tree> {
  /** Gradient steps made. */
  readonly updates: number;
  /** A part of the newest state, as tensors that are valid until the next update. `part` picks it and computes nothing. */
  weights<T extends Tree>(part: (state: S) => T): T;
  /**
   * One update for each turn k = 0..K-1.
   * @param rows what the turns differ in, each field [K, ...].
   * @param shared what they have in common.
   * @returns the priorities [K, B] where they are asked for, and the learner has any.
   */
  run(rows: HostBatch, shared: HostShared, rng: Rng): Promise<NdArray<'float32'> | undefined>;
  /**
   * Means since the last call.
   * @throws when one is not a finite number: the run has diverged.
   */
  readMetrics(): { [name: string]: number };
  snapshot(): Promise<Snapshot>;
  /** @throws when the snapshot is of other networks, naming the tensor. */
  restore(snapshot: Snapshot): void;
  dispose(): void;
}

/** What all updates of a phase have in common: arrays on the host, or tensors. */
export type HostShared = { readonly [name: string]: NdArray | HostBatch | Tree };

/** The tensors of one turn. */
export type RowTensors = { readonly [name: string]: tf.Tensor };

export interface StateHolderOptions<S extends Tree, B extends Tree> {
  readonly learner: Learner<S, B>;
  /** The learner's batch, from the rows of a turn and what is shared; runs inside the update. */
  readonly batch: (rows: RowTensors, shared: Tree) => B;
  readonly rng: Rng;
  /** Hand out the priorities. */
  readonly prioritized: boolean;
  /** Run updates as compiled graphs, a phase of updates that are alike as one loop; otherwise kernel by kernel. */
  readonly compile: boolean;
}

/** A learner with its state. Both ways of running it give the same numbers up to rounding in float32, and the same snapshots. */
export function stateHolder<S extends Tree, B extends Tree>(options: StateHolderOptions<S, B>): StateHolder<S> {
  return options.compile ? new CompiledState(options) : new EagerState(options);
}
