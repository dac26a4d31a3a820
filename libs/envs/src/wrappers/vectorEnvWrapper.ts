import { joinSnapshots, ndarray, snapshotPart, type Snapshot } from '@rivulet/engine';
import type { AutoReset, Rows, VectorEnv, VectorStep } from '../env.js';
import type { Space } from '../space.js';
import { readArray } from '../vector/readArray.js';

/** What `VectorEnv.reset` takes. */
export interface ResetOptions {
  readonly seed?: number;
  readonly mask?: Uint8Array;
}

/**
 * Base of the wrappers: passes everything on, keeps track of which copies have ended, and joins the snapshots of the
 * wrapper and of what it wraps. A subclass overrides `step` and what else it changes, and calls `noteReset` and `noteStep`.
 */
export abstract class VectorEnvWrapper implements VectorEnv {
  readonly id: string;
  readonly numEnvs: number;
  readonly observationSpace: Space;
  readonly actionSpace: Space;
  readonly autoReset: AutoReset;
  protected readonly inner: VectorEnv;
  /** [N], 1 where the last step ended the episode: under 'nextStep', the coming step resets these copies. */
  protected readonly ended: Uint8Array;

  constructor(inner: VectorEnv, spaces: { readonly observationSpace?: Space; readonly actionSpace?: Space } = {}) {
    this.inner = inner;
    this.id = inner.id;
    this.numEnvs = inner.numEnvs;
    this.autoReset = inner.autoReset;
    this.observationSpace = spaces.observationSpace ?? inner.observationSpace;
    this.actionSpace = spaces.actionSpace ?? inner.actionSpace;
    this.ended = new Uint8Array(inner.numEnvs);
  }

  reset(options: ResetOptions = {}): Rows {
    const observation = this.inner.reset(options);
    this.noteReset(options.mask);
    return observation;
  }

  abstract step(actions: Rows): VectorStep;

  /** Whether the coming (or running) step only resets the copy. */
  protected resets(copy: number): boolean {
    return this.autoReset === 'nextStep' && this.ended[copy] === 1;
  }

  protected noteReset(mask: Uint8Array | undefined): void {
    for (let i = 0; i < this.numEnvs; i++) if (mask === undefined || mask[i] !== 0) this.ended[i] = 0;
  }

  protected noteStep({ terminated, truncated }: VectorStep): void {
    for (let i = 0; i < this.numEnvs; i++) this.ended[i] = terminated[i] | truncated[i];
  }

  /** The wrapper's own part of a snapshot: copies. */
  protected ownSnapshot(): Snapshot {
    return { arrays: {}, data: {} };
  }

  /** Takes over what `ownSnapshot` stored; nothing by default. */
  protected ownRestore(snapshot: Snapshot): void {
    void snapshot;
  }

  snapshot(): Snapshot | Promise<Snapshot> {
    const own = this.ownSnapshot();
    const wrapper: Snapshot = { arrays: { ...own.arrays, ended: ndarray('uint8', [this.numEnvs], this.ended.slice()) }, data: own.data };
    const inner = this.inner.snapshot();
    return inner instanceof Promise ? inner.then((part) => joinSnapshots({ inner: part, wrapper })) : joinSnapshots({ inner, wrapper });
  }

  restore(snapshot: Snapshot): void | Promise<void> {
    const wrapper = snapshotPart(snapshot, 'wrapper');
    const ended = readArray(wrapper, 'ended', 'uint8', this.numEnvs, this.id);
    const adopt = (): void => {
      this.ended.set(ended);
      this.ownRestore(wrapper);
    };
    const inner = this.inner.restore(snapshotPart(snapshot, 'inner'));
    return inner instanceof Promise ? inner.then(adopt) : adopt();
  }

  close(): void {
    this.inner.close();
  }
}
