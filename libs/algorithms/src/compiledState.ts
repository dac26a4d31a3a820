import { compile, compileScan, disposeTree, type HostBatch, type NdArray, pack, type Packed, type PackedFields, type Rng, sizeOf, type Snapshot, type tf, tidyTree, type Tree } from '@rivulet/engine';
import type { UpdateContext } from './learner.js';
import { MetricMeans } from './metricMeans.js';
import { packedFromSnapshot } from './packedFromSnapshot.js';
import { packedSnapshot } from './packedSnapshot.js';
import type { HostShared, RowTensors, StateHolder, StateHolderOptions } from './stateHolder.js';

/** What a compiled update gives; the priorities only where they are asked for. */
type UpdateResult = { readonly state: Tree; readonly metrics: Tree; readonly priority?: tf.Tensor };

/** Makes updates by compiled graphs. The state lies on the host, packed; a phase of updates that are alike is one loop, off the event loop. */
export class CompiledState<S extends Tree, B extends Tree> implements StateHolder<S> {
  readonly #options: StateHolderOptions<S, B>;
  readonly #means = new MetricMeans();
  readonly #call;
  readonly #loop;
  #state: Packed<Tree>;
  /** What was handed out, and of which state, by the function that picked it. */
  readonly #weights = new Map<unknown, { readonly of: Packed<Tree>; readonly tensors: Tree }>();
  #updates = 0;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: StateHolderOptions<S, B>) {
    this.#options = options;
    const { learner, batch, prioritized } = options;
    const update = (state: Tree, rows: Tree, shared: Tree, context: UpdateContext): UpdateResult => {
      const { state: next, metrics, priority } = learner.update(state as S, batch(rows as RowTensors, shared), context);
      return prioritized && priority !== undefined ? { state: next, metrics, priority } : { state: next, metrics };
    };
    this.#call = compile(update);
    this.#loop = compileScan(update, { thread: 'worker' });
    const state = tidyTree(() => learner.init(options.rng));
    this.#state = pack<Tree>(state);
    disposeTree(state);
  }

  get updates(): number {
    return this.#updates;
  }

  weights<T extends Tree>(part: (state: S) => T): T {
    const known = this.#weights.get(part);
    if (known?.of === this.#state) return known.tensors as T;
    if (known !== undefined) disposeTree(known.tensors);
    const tensors = pack<Tree>(part(this.#state.toHost() as unknown as S)).toTensors() as T;
    this.#weights.set(part, { of: this.#state, tensors });
    return tensors;
  }

  async run(rows: HostBatch, shared: HostShared, rng: Rng): Promise<NdArray<'float32'> | undefined> {
    const running = this.#run(rows, pack<Tree>(shared as Tree), rng);
    this.#running = running.catch(() => undefined);
    return running;
  }

  async #run(rows: HostBatch, shared: Packed<Tree>, rng: Rng): Promise<NdArray<'float32'> | undefined> {
    const turns = Object.values(rows)[0].shape[0];
    const indices = Array.from({ length: turns }, (_, turn) => this.#options.learner.alike?.(this.#updates + turn) ?? 0);
    if (turns > 1 && indices.every((index) => index === indices[0])) {
      return this.#take(turns, await this.#loop(this.#state, rows, shared, { rng, index: indices[0] }));
    }
    const priorities: NdArray<'float32'>[] = [];
    for (const [turn, index] of indices.entries()) {
      const priority = this.#take(1, await this.#call(this.#state, turnOf(rows, turn), shared, { rng, index }));
      if (priority !== undefined) priorities.push(priority);
    }
    return stacked(priorities);
  }

  /** Goes on with the result of so many updates. */
  #take(updates: number, { state, metrics, priority }: PackedFields<UpdateResult>): NdArray<'float32'> | undefined {
    this.#state = state;
    this.#updates += updates;
    for (const { path, buffer, offset, size } of metrics.layout.leaves) this.#means.add(path, metrics.buffers[buffer].subarray(offset, offset + size));
    return priority?.toHost() as NdArray<'float32'> | undefined;
  }

  readMetrics(): { [name: string]: number } {
    return this.#means.read(this.#updates);
  }

  async snapshot(): Promise<Snapshot> {
    const { arrays } = await packedSnapshot(this.#state);
    return { arrays, data: { updates: this.#updates } };
  }

  restore(snapshot: Snapshot): void {
    this.#state = packedFromSnapshot(this.#state, snapshot);
    this.#updates = Number(snapshot.data.updates);
  }

  dispose(): void {
    for (const { tensors } of this.#weights.values()) disposeTree(tensors);
    this.#weights.clear();
    // A run that is under way may still need its model.
    void this.#running.then(() => Promise.all([this.#call.dispose(), this.#loop.dispose()]));
  }
}

function turnOf(rows: HostBatch, turn: number): HostBatch {
  return Object.fromEntries(
    Object.entries(rows).map(([name, { dtype, shape, data }]) => {
      const size = sizeOf(shape.slice(1));
      return [name, { dtype, shape: shape.slice(1), data: data.subarray(turn * size, (turn + 1) * size) } as NdArray];
    }),
  );
}

function stacked(rows: readonly NdArray<'float32'>[]): NdArray<'float32'> | undefined {
  if (rows.length === 0) return undefined;
  const size = rows[0].data.length;
  const data = new Float32Array(rows.length * size);
  rows.forEach((row, i) => data.set(row.data, i * size));
  return { dtype: 'float32', shape: [rows.length, ...rows[0].shape], data };
}
