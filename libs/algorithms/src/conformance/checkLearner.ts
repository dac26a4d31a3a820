import { cloneTree, compile, disposeTree, keepTree, type Metrics, pack, Rng, type Snapshot, tensorCount, type tf, tidyTree, type Tree, treeFromSnapshot, treeSnapshot, treeTensors } from '@rivulet/engine';
import type { CheckResult } from '@rivulet/envs';
import type { Learner, UpdateContext } from '../learner.js';
import { nonFinite } from './nonFinite.js';
import { type Check, runChecks } from '@rivulet/envs';
import { snapshotDifference } from './snapshotDifference.js';
import { structureDifference } from './structureDifference.js';

/** How {@link checkLearner} tries a learner. */
export interface CheckLearnerOptions {
  /** Default: 0. */
  readonly seed?: number;
  /** Updates of each try; enough that everything delayed is due once. Default: 6. */
  readonly updates?: number;
  /** Whether the initial state depends on the seed. Default: true. */
  readonly random?: boolean;
}

/** What an update gave. */
interface Made {
  readonly state: Snapshot;
  readonly metrics: Snapshot;
  readonly priority: Snapshot;
}

async function record(tree: Tree | undefined): Promise<Snapshot> {
  return tree === undefined ? { arrays: {}, data: {} } : treeSnapshot(tree);
}

/** Some updates of a learner from its first state, with what may differ between two learners kept apart: batches and streams. */
class Trial<S extends Tree, B extends Tree> {
  readonly #learner: Learner<S, B>;
  readonly #batch: (rng: Rng) => B;
  readonly #rng: Rng;
  readonly first: S;
  state: S;
  index = 0;

  constructor(learner: Learner<S, B>, batch: (rng: Rng) => B, seed: number) {
    this.#learner = learner;
    this.#batch = batch;
    this.#rng = Rng.fromSeed(seed);
    this.state = keepTree(tidyTree(() => learner.init(this.#rng.foldIn('init'))));
    this.first = keepTree(cloneTree(this.state));
  }

  /** The stream of the next update. */
  stream(): Rng {
    return this.#rng.foldIn('update').foldIn(this.index);
  }

  batch(): B {
    return this.#batch(this.#rng.foldIn('batch').foldIn(this.index));
  }

  /** One update on the given batch, which the caller frees. `observe` sees the result and the old state before they are freed. */
  async update<T>(batch: B, observe: (updated: { readonly state: S; readonly metrics: Metrics; readonly priority?: tf.Tensor }, old: S) => T | Promise<T>): Promise<T> {
    const old = this.state;
    const updated = tidyTree(() => {
      const made = this.#learner.update(old, batch, { rng: this.stream(), index: this.index });
      return { state: keepTree(made.state), metrics: cloneTree(made.metrics), priority: made.priority };
    });
    this.state = updated.state;
    this.index++;
    const seen = await observe(updated, old);
    const shared = new Set(treeTensors(updated.state));
    disposeTree(treeTensors(old).filter((tensor) => !shared.has(tensor)), updated.metrics);
    updated.priority?.dispose();
    return seen;
  }

  async play(updates: number): Promise<void> {
    for (let i = 0; i < updates; i++) {
      const batch = this.batch();
      await this.update(batch, () => undefined);
      disposeTree(batch);
    }
  }

  /** Goes on from a stored state. */
  restore(stored: Snapshot, index: number): void {
    const old = this.state;
    this.state = keepTree(treeFromSnapshot(old, stored));
    this.index = index;
    disposeTree(old);
  }

  /** What an update at another index would do with the newest state. */
  async preview(batch: B, index: number): Promise<Snapshot> {
    const { state } = tidyTree(() => {
      const made = this.#learner.update(this.state, batch, { rng: this.stream(), index });
      return { state: cloneTree(made.state) };
    });
    const stored = await record(state);
    disposeTree(state);
    return stored;
  }

  dispose(): void {
    disposeTree(this.state, this.first);
  }
}

/** Calls a function after each of so many updates until it finds something. */
async function firstFault<S extends Tree, B extends Tree>(
  trial: Trial<S, B>,
  updates: number,
  find: (updated: { readonly state: S; readonly metrics: Metrics; readonly priority?: tf.Tensor }, batch: B) => string | undefined | Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    for (let i = 0; i < updates; i++) {
      const batch = trial.batch();
      const fault = await trial.update(batch, (updated) => find(updated, batch));
      disposeTree(batch);
      if (fault !== undefined) return `update ${i}: ${fault}`;
    }
    return undefined;
  } finally {
    trial.dispose();
  }
}

/** Rounding in float32, which updates pass on; relative to 1 + |value|. */
const ROUNDING = 1e-3;

/** Runs every update of a trial compiled as well, from the same state, and compares what comes out. */
async function compiledDifference<S extends Tree, B extends Tree>(learner: Learner<S, B>, trial: Trial<S, B>, updates: number): Promise<string | undefined> {
  let refused: string | undefined;
  const step = compile(
    (state: Tree, batch: Tree, context: UpdateContext) => ({ state: learner.update(state as S, batch as B, context).state as Tree }),
    { warn: (line) => (refused = line) },
  );
  try {
    for (let i = 0; i < updates; i++) {
      const batch = trial.batch();
      const compiled = await step(pack<Tree>(trial.state), pack<Tree>(batch), { rng: trial.stream(), index: learner.alike?.(i) ?? 0 });
      disposeTree(batch);
      if (refused !== undefined) return refused;
      await trial.play(1);
      const tensors = compiled.state.toTensors() as Tree;
      const path = snapshotDifference(await record(trial.state), await record(tensors), ROUNDING);
      disposeTree(tensors);
      if (path !== undefined) return `update ${i}: '${path}' differs`;
    }
    return undefined;
  } finally {
    trial.dispose();
    await step.dispose();
  }
}

function checksOf<S extends Tree, B extends Tree>(learner: Learner<S, B>, makeBatch: (rng: Rng) => B, options: CheckLearnerOptions): Check[] {
  const { seed = 0, updates = 6, random = true } = options;
  const trial = (): Trial<S, B> => new Trial(learner, makeBatch, seed);

  const initial = async (from: number): Promise<Snapshot> => {
    const state = tidyTree(() => learner.init(Rng.fromSeed(from)));
    const snapshot = await treeSnapshot(state);
    disposeTree(state);
    return snapshot;
  };

  const play = async (): Promise<Made[]> => {
    const made: Made[] = [];
    await firstFault(trial(), updates, async ({ state, metrics, priority }) => {
      made.push({ state: await record(state), metrics: await record(metrics), priority: await record(priority) });
      return undefined;
    });
    return made;
  };

  return [
    [
      'init follows from the seed',
      async () => {
        const path = snapshotDifference(await initial(seed), await initial(seed));
        return path === undefined ? undefined : `the same seed gave another '${path}'`;
      },
    ],
    [
      'another seed, another state',
      async () => {
        const first = await initial(seed);
        const others = await Promise.all([1, 2, 3].map((k) => initial(seed + k)));
        return random && others.every((other) => snapshotDifference(first, other) === undefined) ? 'four seeds gave one state: the stream is not used' : undefined;
      },
    ],
    [
      'an update follows from its arguments',
      async () => {
        const [first, second] = [await play(), await play()];
        for (let i = 0; i < updates; i++) {
          for (const what of ['state', 'metrics', 'priority'] as const) {
            const path = snapshotDifference(first[i][what], second[i][what]);
            if (path !== undefined) return `update ${i}: a second run from the same seed gave another ${what} ('${path}'): something is remembered outside the state`;
          }
        }
        return undefined;
      },
    ],
    [
      'an update leaves its arguments as they are',
      async () => {
        const one = trial();
        const batch = one.batch();
        const before = [await record(one.state), await record(batch)];
        const fault = await one.update(batch, async (_, old) => {
          if (treeTensors(old).some((tensor) => tensor.isDisposed)) return 'it frees the old state';
          if (treeTensors(batch).some((tensor) => tensor.isDisposed)) return 'it frees the batch';
          if (snapshotDifference(before[0], await record(old)) !== undefined) return 'it writes to the old state';
          return snapshotDifference(before[1], await record(batch)) === undefined ? undefined : 'it writes to the batch';
        });
        disposeTree(treeTensors(batch).filter((tensor) => !tensor.isDisposed));
        one.dispose();
        return fault;
      },
    ],
    [
      'updates change the state',
      async () => {
        const first = await initial(seed);
        const made = await play();
        return snapshotDifference(first, made[updates - 1].state) === undefined || snapshotDifference(made[0].state, made[updates - 1].state) === undefined
          ? `after ${updates} updates the state is what it was`
          : undefined;
      },
    ],
    [
      'the state keeps its structure',
      () => {
        const one = trial();
        return firstFault(one, updates, ({ state }) => structureDifference(one.first, state));
      },
    ],
    [
      'the state stays finite',
      async () => {
        const at = nonFinite(await initial(seed));
        if (at !== undefined) return `the initial '${at}' is not finite`;
        return firstFault(trial(), updates, async ({ state }) => {
          const path = nonFinite(await record(state));
          return path === undefined ? undefined : `'${path}' is not finite`;
        });
      },
    ],
    [
      'metrics are finite scalars',
      () =>
        firstFault(trial(), updates, async ({ metrics }) => {
          const vector = Object.keys(metrics).find((name) => metrics[name].rank !== 0);
          if (vector !== undefined) return `'${vector}' has the shape [${metrics[vector].shape.join(', ')}]`;
          const path = nonFinite(await record(metrics));
          return path === undefined ? undefined : `'${path}' is not finite`;
        }),
    ],
    [
      'priorities are one number a row',
      () =>
        firstFault(trial(), updates, async ({ priority }, batch) => {
          if (priority === undefined) return undefined;
          const rows = treeTensors(batch)[0].shape[0];
          if (priority.shape.join() !== String(rows)) return `the priorities have the shape [${priority.shape.join(', ')}], expected [${rows}]`;
          return (await priority.data()).every((value) => value >= 0 && value < Infinity) ? undefined : 'a priority is negative or not finite';
        }),
    ],
    [
      'no tensor is left over',
      async () => {
        const before = tensorCount();
        const one = trial();
        const held = tensorCount();
        await one.play(updates);
        const growth = tensorCount() - held;
        one.dispose();
        if (growth !== 0) return `${updates} updates left ${growth} tensors behind`;
        return tensorCount() === before ? undefined : `${tensorCount() - before} tensors are left over at the end`;
      },
    ],
    [
      'updates that are said to be alike are alike',
      async () => {
        const one = trial();
        try {
          for (let i = 0; i < updates; i++) {
            const batch = one.batch();
            const alike = learner.alike?.(i) ?? 0;
            const path = snapshotDifference(await one.preview(batch, i), await one.preview(batch, alike));
            disposeTree(batch);
            if (path !== undefined) return `update ${i} should do what one at index ${alike} does, but '${path}' differs: 'alike' must tell such updates apart`;
            await one.play(1);
          }
          return undefined;
        } finally {
          one.dispose();
        }
      },
    ],
    [
      'compiled updates equal eager ones',
      () => compiledDifference(learner, trial(), updates),
    ],
    [
      'a stored state continues exactly',
      async () => {
        const half = Math.ceil(updates / 2);
        const [whole, resumed] = [trial(), trial()];
        await whole.play(half);
        resumed.restore(await record(whole.state), half);
        await whole.play(updates - half);
        await resumed.play(updates - half);
        const path = snapshotDifference(await record(whole.state), await record(resumed.state));
        whole.dispose();
        resumed.dispose();
        return path === undefined ? undefined : `'${path}' differs from that of the run that was not interrupted`;
      },
    ],
  ];
}

/**
 * Checks a learner against the contract of {@link Learner} on the current backend: initial state and updates follow from seed, batch
 * and context alone; an update neither frees nor writes to what it is given, keeps the structure of the state, gives finite
 * numbers and leaves no tensor behind (it is called inside a `tf.tidy`); a stored state continues to the last bit.
 *
 * @param batch makes a new batch, the same for the same stream; the kit frees it
 */
export function checkLearner<S extends Tree, B extends Tree>(learner: Learner<S, B>, batch: (rng: Rng) => B, options: CheckLearnerOptions = {}): Promise<CheckResult[]> {
  return runChecks(checksOf(learner, batch, options));
}
