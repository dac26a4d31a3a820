import { disposeTree, fromTensor, type HostBatch, keepTree, ndarray, type NdArray, pack, type Rng, sizeOf, type Snapshot, tf, tidyTree, toTensor, type Tree, treeFromSnapshot, treeSnapshot, treeTensors } from '@rivulet/engine';
import { nextTurn } from '@rivulet/streams';
import { MetricMeans } from './metricMeans.js';
import type { HostShared, RowTensors, StateHolder, StateHolderOptions } from './stateHolder.js';

// A phase of updates gives the event loop a turn now and then, so that an interrupt is heard.
const UPDATES_PER_TURN = 16;

/** Makes updates kernel by kernel, on the current backend. */
export class EagerState<S extends Tree, B extends Tree> implements StateHolder<S> {
  readonly #options: StateHolderOptions<S, B>;
  readonly #means = new MetricMeans();
  readonly #pending: { readonly name: string; readonly value: tf.Tensor }[] = [];
  #state: S;
  #updates = 0;

  constructor(options: StateHolderOptions<S, B>) {
    this.#options = options;
    this.#state = keepTree(tidyTree(() => options.learner.init(options.rng)));
  }

  get updates(): number {
    return this.#updates;
  }

  weights<T extends Tree>(part: (state: S) => T): T {
    return part(this.#state);
  }

  async run(rows: HostBatch, shared: HostShared, rng: Rng): Promise<NdArray<'float32'> | undefined> {
    const turns = Object.values(rows)[0].shape[0];
    const common = pack(shared).toTensors() as Tree;
    const priorities: tf.Tensor[] = [];
    try {
      for (let turn = 0; turn < turns; turn++) {
        const priority = this.#update(turnOf(rows, turn), common, rng);
        if (priority !== undefined) priorities.push(priority);
        if (turn % UPDATES_PER_TURN === UPDATES_PER_TURN - 1) await nextTurn();
      }
      await this.#readPending();
      return await stacked(priorities);
    } finally {
      disposeTree(common);
      tf.dispose(priorities);
    }
  }

  readMetrics(): { [name: string]: number } {
    return this.#means.read(this.#updates);
  }

  async snapshot(): Promise<Snapshot> {
    const { arrays } = await treeSnapshot(this.#state);
    return { arrays, data: { updates: this.#updates } };
  }

  restore(snapshot: Snapshot): void {
    this.#replace(keepTree(treeFromSnapshot(this.#state, snapshot)));
    this.#updates = Number(snapshot.data.updates);
  }

  dispose(): void {
    disposeTree(this.#state);
    tf.dispose(this.#pending.splice(0).map(({ value }) => value));
  }

  #update(rows: HostBatch, common: Tree, rng: Rng): tf.Tensor | undefined {
    const { learner, batch, prioritized } = this.#options;
    let next = this.#state;
    let asked: tf.Tensor | undefined;
    tf.tidy(() => {
      const tensors: RowTensors = Object.fromEntries(Object.entries(rows).map(([name, array]) => [name, toTensor(array)]));
      const { state, metrics, priority } = learner.update(this.#state, batch(tensors, common), { rng, index: learner.alike?.(this.#updates) ?? 0 });
      next = keepTree(state);
      for (const [name, value] of Object.entries(metrics)) this.#pending.push({ name, value: tf.keep(value.clone()) });
      if (prioritized && priority !== undefined) asked = tf.keep(priority);
    });
    this.#replace(next);
    this.#updates++;
    return asked;
  }

  /** Metrics are read at the end of a phase: reading them one by one would wait for a GPU each time. */
  async #readPending(): Promise<void> {
    for (const { name, value } of this.#pending.splice(0)) {
      this.#means.add(name, await value.data());
      value.dispose();
    }
  }

  /** Tensors that both states share survive. */
  #replace(next: S): void {
    const kept = new Set(treeTensors(next));
    disposeTree(treeTensors(this.#state).filter((tensor) => !kept.has(tensor)));
    this.#state = next;
  }
}

/** Rows of one turn, in memory of their own: tensors may share it, and buffers reuse theirs. */
function turnOf(rows: HostBatch, turn: number): HostBatch {
  return Object.fromEntries(
    Object.entries(rows).map(([name, { dtype, shape, data }]) => {
      const size = sizeOf(shape.slice(1));
      return [name, { dtype, shape: shape.slice(1), data: data.slice(turn * size, (turn + 1) * size) } as NdArray];
    }),
  );
}

async function stacked(priorities: readonly tf.Tensor[]): Promise<NdArray<'float32'> | undefined> {
  if (priorities.length === 0) return undefined;
  const all = tf.stack([...priorities]);
  const { shape, data } = await fromTensor(all);
  all.dispose();
  return ndarray('float32', shape, data as Float32Array);
}
