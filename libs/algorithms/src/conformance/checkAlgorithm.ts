import { joinSnapshots, Rng, type Snapshot, snapshotPart, tensorCount, type Tree, treeSnapshot } from '@rivulet/engine';
import { type CheckResult, readRow, type VectorEnv } from '@rivulet/envs';
import type { EpisodeSummary } from '@rivulet/streams';
import type { ActorAndLearner, Algorithm } from '../algorithm.js';
import { nonFinite } from './nonFinite.js';
import { type Check, runChecks } from '@rivulet/envs';
import { snapshotDifference } from './snapshotDifference.js';

/** How {@link checkAlgorithm} tries an algorithm. */
export interface CheckAlgorithmOptions {
  /** Default: 0. */
  readonly seed?: number;
  /** Chunks of each run; enough that it learns before half of them are over. Default: 4. */
  readonly chunks?: number;
  /** The planned environment steps, by which schedules are stretched. Default: 10 000. */
  readonly steps?: number;
}

/** What a chunk led to. */
interface Digested {
  readonly steps: number;
  readonly episodes: readonly EpisodeSummary[];
  readonly metrics: { readonly [name: string]: number };
}

/** One run of an algorithm, without streams. */
class Run<W extends Tree> {
  readonly env: VectorEnv;
  readonly #parts: ActorAndLearner<W>;
  closed = 0;

  constructor(algorithm: Algorithm<W>, makeEnv: (numEnvs: number) => VectorEnv, seed: number, steps: number) {
    const made = makeEnv(algorithm.numEnvs);
    const close = made.close.bind(made);
    made.close = () => {
      this.closed++;
      close();
    };
    this.env = algorithm.adapt(made);
    this.#parts = algorithm.start(this.env, Rng.fromSeed(seed), steps);
  }

  get weights(): W {
    return this.#parts.learner.weights;
  }

  get updates(): number {
    return this.#parts.learner.updates;
  }

  async advance(chunks: number): Promise<Digested[]> {
    const { actor, learner } = this.#parts;
    const seen: Digested[] = [];
    for (let i = 0; i < chunks; i++) {
      const chunk = await actor.collect(learner.weights);
      const { steps, episodes } = chunk;
      seen.push({ steps, episodes, metrics: await learner.learn(chunk) });
    }
    return seen;
  }

  async snapshot(): Promise<Snapshot> {
    return joinSnapshots({ actor: await this.#parts.actor.snapshot(), learner: await this.#parts.learner.snapshot() });
  }

  async restore(snapshot: Snapshot): Promise<void> {
    await this.#parts.actor.restore(snapshotPart(snapshot, 'actor'));
    await this.#parts.learner.restore(snapshotPart(snapshot, 'learner'));
  }

  dispose(): void {
    this.#parts.actor.dispose();
    this.#parts.learner.dispose();
  }
}

function checksOf<W extends Tree>(algorithm: Algorithm<W>, makeEnv: (numEnvs: number) => VectorEnv, options: CheckAlgorithmOptions): Check[] {
  const { seed = 0, chunks = 4, steps = 10_000 } = options;
  const half = Math.ceil(chunks / 2);

  /** Lets a new run do something, and frees it. */
  const during = async <T>(work: (run: Run<W>) => Promise<T>, from = seed): Promise<T> => {
    const run = new Run(algorithm, makeEnv, from, steps);
    try {
      return await work(run);
    } finally {
      run.dispose();
    }
  };
  const play = (from: number) => during(async (run) => ({ seen: await run.advance(chunks), end: await run.snapshot() }), from);

  return [
    [
      'it collects and learns',
      () =>
        during(async (run) => {
          for (const { steps: taken } of await run.advance(half)) {
            if (!(taken > 0) || taken % algorithm.numEnvs !== 0) return `a chunk has ${taken} steps, expected a multiple of the ${algorithm.numEnvs} copies`;
          }
          return run.updates > 0 ? undefined : `no update was made within ${half} chunks: raise 'chunks', or shorten the warm-up`;
        }),
    ],
    [
      'same seed, same run',
      async () => {
        const [first, second] = [await play(seed), await play(seed)];
        const at = first.seen.findIndex((digested, i) => JSON.stringify(digested) !== JSON.stringify(second.seen[i]));
        if (at >= 0) return `chunk ${at} differs in a second run`;
        const path = snapshotDifference(first.end, second.end);
        return path === undefined ? undefined : `'${path}' differs at the end of a second run`;
      },
    ],
    [
      'another seed, another run',
      async () => {
        const weights = (from: number) => during(async (run) => (await run.advance(half), treeSnapshot(run.weights)), from);
        return snapshotDifference(await weights(seed), await weights(seed + 1)) === undefined ? 'two seeds led to the same weights' : undefined;
      },
    ],
    [
      'weights and metrics are finite',
      () =>
        during(async (run) => {
          for (const [i, { metrics }] of (await run.advance(chunks)).entries()) {
            const name = Object.keys(metrics).find((key) => !Number.isFinite(metrics[key]));
            if (name !== undefined) return `chunk ${i}: the metric '${name}' is ${metrics[name]}`;
          }
          const path = nonFinite(await treeSnapshot(run.weights));
          return path === undefined ? undefined : `the weight '${path}' is not finite`;
        }),
    ],
    [
      'a stored run continues exactly',
      () =>
        during(async (whole) => {
          await whole.advance(half);
          const stored = await whole.snapshot();
          const copy = structuredClone(stored);
          const rest = await whole.advance(chunks - half);
          if (snapshotDifference(stored, copy) !== undefined) return `going on changed '${snapshotDifference(stored, copy)}' of the snapshot: it must be a copy`;
          const expected = await whole.snapshot();
          return during(async (resumed) => {
            await resumed.restore(stored);
            if (JSON.stringify(await resumed.advance(chunks - half)) !== JSON.stringify(rest)) return 'the chunks after it differ from those of the run that was not interrupted';
            const path = snapshotDifference(expected, await resumed.snapshot());
            return path === undefined ? undefined : `'${path}' differs from that of the run that was not interrupted`;
          }, seed + 1);
        }),
    ],
    [
      'storing changes nothing',
      async () => {
        const stored = await during(async (run) => {
          for (let i = 0; i < chunks; i++) {
            await run.snapshot();
            await run.advance(1);
          }
          return run.snapshot();
        });
        const path = snapshotDifference((await play(seed)).end, stored);
        return path === undefined ? undefined : `'${path}' differs when the run is stored after every chunk`;
      },
    ],
    [
      'no tensor is left over',
      async () => {
        const before = tensorCount();
        const fault = await during(async (run) => {
          await run.advance(1);
          const held = tensorCount();
          for (let i = 1; i < chunks; i++) {
            await run.advance(1);
            if (tensorCount() !== held) return `chunk ${i} left ${tensorCount() - held} tensors behind`;
          }
          return undefined;
        });
        return fault ?? (tensorCount() === before ? undefined : `${tensorCount() - before} tensors are left over at the end`);
      },
    ],
    [
      'the environment is closed at the end',
      async () => {
        let seen: Run<W> | undefined;
        await during(async (run) => (seen = run));
        return seen?.closed === 1 ? undefined : `it was closed ${seen?.closed} times`;
      },
    ],
    [
      'greedy actions fit the space, and repeat',
      () =>
        during(async (run) => {
          await run.advance(half);
          const { env } = run;
          const greedy = algorithm.greedy({ observation: env.observationSpace, action: env.actionSpace });
          const observation = env.reset({ seed }).slice();
          const actions = await greedy(run.weights, observation, env.numEnvs);
          const again = await greedy(run.weights, observation, env.numEnvs);
          if (actions.join() !== again.join()) return 'the same observations gave other actions';
          const wrong = Array.from({ length: env.numEnvs }, (_, i) => readRow(env.actionSpace as never, actions, i)).findIndex((action) => !env.actionSpace.contains(action));
          return wrong < 0 ? undefined : `the action of copy ${wrong} lies outside the space`;
        }),
    ],
  ];
}

/**
 * Checks an algorithm against the contract of {@link Algorithm} on the current backend, actor and learner together: the run follows
 * from the seed, its numbers stay finite, no tensor is left behind, a run that was stored and restored ends with the same
 * numbers to the last bit, the environment is closed, and the greedy policy acts within the space.
 *
 * @param makeEnv makes a new environment with so many copies; choose a small one, and small networks
 */
export function checkAlgorithm<W extends Tree>(algorithm: Algorithm<W>, makeEnv: (numEnvs: number) => VectorEnv, options: CheckAlgorithmOptions = {}): Promise<CheckResult[]> {
  return runChecks(checksOf(algorithm, makeEnv, options));
}
