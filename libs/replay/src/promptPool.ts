import { ndarray, type Rng, type Snapshot } from '@rivulet/engine';
import { snapshotArray } from './column.js';
import { PriorityTree } from './priorityTree.js';

const WHERE = 'promptPool';

/** What is known of a prompt of a {@link PromptPool}. */
export interface PromptStats {
  /** Times drawn. */
  readonly draws: number;
  /** Rewards seen; those of older updates count for less where the pool forgets (`decay`). */
  readonly answers: number;
  /** Mean reward: the pass rate where rewards are 0 or 1. 0 before the first update. */
  readonly mean: number;
  /** Variance of the rewards (divided by their number): p (1 - p) where they are 0 or 1. */
  readonly variance: number;
  /** Largest less smallest reward of the newest update. */
  readonly gap: number;
  readonly retired: boolean;
}

/** A prompt that was drawn. */
export interface PooledPrompt<P> {
  /** Its place in the list that the pool was made of, for `update`. */
  readonly id: number;
  readonly prompt: P;
}

export interface PromptPoolOptions {
  /** How much a prompt is wanted, at least 0; asked of prompts that have an update. Default: all alike. */
  readonly weight?: (stats: PromptStats) => number;
  /** u: the share of the draws that looks at no weight, which keeps every prompt in play. Default: 0.5. */
  readonly uniformShare?: number;
  /** Prompts whose mean reward reaches this are drawn no more. Default: none retires. */
  readonly retireAbove?: number;
  /** Rewards that a prompt must have before it may retire. Default: 1. */
  readonly retireAfter?: number;
  /** By what the older rewards of a prompt are multiplied at each of its updates, in (0, 1]: the policy that earned them is gone. Default: 1, nothing is forgotten. */
  readonly decay?: number;
}

/** A fixed list of prompts with statistics, from which the useful ones are drawn more often. */
export interface PromptPool<P> {
  readonly size: number;
  /** Prompts that are not retired. */
  readonly active: number;
  /** n prompts: none twice while there are others. Of retired ones only when all are retired. */
  sample(n: number, rng: Rng): PooledPrompt<P>[];
  /**
   * Rewards that completions of a prompt were given.
   * @throws when there is no such prompt, no reward, or one that is not finite.
   */
  update(id: number, rewards: ArrayLike<number>): void;
  /** @throws when there is no such prompt. */
  stats(id: number): PromptStats;
  /** Forgets all statistics, and takes back who was retired. */
  reset(): void;
  /** Statistics, not the prompts themselves. */
  snapshot(): Snapshot;
  /** @throws when the snapshot is of another number of prompts. */
  restore(snapshot: Snapshot): void;
}

/**
 * A pool of prompts. A draw takes prompt i with the probability
 *
 * P(i) = u / N + (1 - u) wᵢ / Σⱼ wⱼ
 *
 * over the N prompts that are left: not retired, and not drawn before in the same sample. A prompt without an update yet weighs as much as the heaviest, so that it is seen soon; if nothing weighs anything, all weigh alike.
 *
 * With `weight` {@link promptScore} it is the sampler of MMR1 ('variance', u 0.5; there as fixed parts of a batch: Leng et al. 2025, "MMR1") and the regret sampler of eva ('gap': Ye et al. 2024, "Scalable reinforcement
 * post-training beyond static human prompts"), there with prompts that evolve; with `retireAbove` 0.9 it has the no-positive-resampling of Khatri et al. 2025, "The art of scaling reinforcement learning compute for LLMs".
 *
 * @throws when there is no prompt or an option is out of range; on `sample` when a weight is negative or not finite.
 */
export function promptPool<P>(prompts: readonly P[], options: PromptPoolOptions = {}): PromptPool<P> {
  const { weight = () => 1, uniformShare = 0.5, retireAbove = Infinity, retireAfter = 1, decay = 1 } = options;
  const size = prompts.length;
  if (size === 0) throw new Error(`${WHERE}: there is no prompt`);
  if (!(uniformShare >= 0 && uniformShare <= 1)) throw new Error(`${WHERE}: uniformShare must lie in [0, 1], got ${uniformShare}`);
  if (!(decay > 0 && decay <= 1)) throw new Error(`${WHERE}: decay must lie in (0, 1], got ${decay}`);
  if (Number.isNaN(retireAbove) || !(retireAfter >= 0)) throw new Error(`${WHERE}: retireAbove must be a number and retireAfter at least 0, got ${retireAbove} and ${retireAfter}`);

  const columns = { draws: new Float64Array(size), answers: new Float64Array(size), mean: new Float64Array(size), variance: new Float64Array(size), gap: new Float64Array(size), retired: new Float64Array(size) };
  const { draws, answers, mean, variance, gap, retired } = columns;

  const statsOf = (id: number): PromptStats => ({ draws: draws[id], answers: answers[id], mean: mean[id], variance: variance[id], gap: gap[id], retired: retired[id] === 1 });
  const checked = (id: number): number => {
    if (!(Number.isInteger(id) && id >= 0 && id < size)) throw new Error(`${WHERE}: there is no prompt ${id} among ${size}`);
    return id;
  };
  const activeIds = (): number[] => {
    const active = prompts.flatMap((_, id) => (retired[id] === 1 ? [] : [id]));
    return active.length > 0 ? active : prompts.map((_, id) => id);
  };

  /** Masses in proportion to P, of each of some prompts. */
  const masses = (ids: readonly number[]): number[] => {
    const known = ids.map((id) => (answers[id] > 0 ? checkedWeight(weight(statsOf(id)), id) : undefined));
    const heaviest = known.reduce<number>((most, own) => Math.max(most, own ?? 0), 0);
    const own = known.map((one) => one ?? (heaviest > 0 ? heaviest : 1));
    const total = own.reduce((sum, one) => sum + one, 0);
    return own.map((one) => uniformShare / ids.length + (1 - uniformShare) * (total > 0 ? one / total : 1 / ids.length));
  };

  return {
    size,
    get active() {
      return size - retired.reduce((sum, one) => sum + one, 0);
    },
    sample(n, rng) {
      if (!(Number.isInteger(n) && n >= 0)) throw new Error(`${WHERE}: n must be an integer of at least 0, got ${n}`);
      const ids = activeIds();
      const mass = masses(ids);
      const drawn: PooledPrompt<P>[] = [];
      while (drawn.length < n) {
        for (const place of withoutReplacement(mass, Math.min(n - drawn.length, ids.length), rng)) drawn.push({ id: ids[place], prompt: prompts[ids[place]] });
      }
      for (const { id } of drawn) draws[id]++;
      return drawn;
    },
    update(id, rewards) {
      checked(id);
      const values = Array.from(rewards);
      if (values.length === 0 || !values.every(Number.isFinite)) throw new Error(`${WHERE}: the rewards of prompt ${id} must be one or more finite numbers, got [${values.join(', ')}]`);
      const old = decay * answers[id];
      const count = old + values.length;
      const fresh = values.reduce((sum, value) => sum + value, 0) / values.length;
      const spread = values.reduce((sum, value) => sum + (value - fresh) ** 2, 0);
      // Two samples joined: the squares about the common mean are those within each and the distance of their means.
      variance[id] = (old * variance[id] + spread + ((old * values.length) / count) * (fresh - mean[id]) ** 2) / count;
      mean[id] = (old * mean[id] + values.length * fresh) / count;
      answers[id] = count;
      gap[id] = Math.max(...values) - Math.min(...values);
      if (mean[id] >= retireAbove && count >= retireAfter) retired[id] = 1;
    },
    stats: (id) => statsOf(checked(id)),
    reset() {
      for (const column of Object.values(columns)) column.fill(0);
    },
    snapshot: () => ({ arrays: Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, ndarray('float64', [size], column.slice())])), data: {} }),
    restore(snapshot) {
      const stored = Object.keys(columns).map((name) => snapshotArray(WHERE, snapshot, name, 'float64', size) as Float64Array);
      Object.values(columns).forEach((column, i) => column.set(stored[i]));
    },
  };
}

function checkedWeight(weight: number, id: number): number {
  if (!(weight >= 0 && weight < Infinity)) throw new Error(`${WHERE}: a weight must be finite and not negative, got ${weight} for prompt ${id}`);
  return weight;
}

/** n different places, one after another in proportion to the masses that are left. Places without mass come last, alike. */
function withoutReplacement(mass: readonly number[], n: number, rng: Rng): number[] {
  const tree = new PriorityTree(mass.length);
  mass.forEach((one, place) => one > 0 && tree.set(place, one));
  const places: number[] = [];
  while (places.length < n && tree.total > 0) {
    const place = tree.find(rng.nextUniform() * tree.total);
    places.push(place);
    tree.set(place, 0);
  }
  const rest = mass.flatMap((one, place) => (one > 0 ? [] : [place]));
  while (places.length < n) places.push(...rest.splice(rng.nextInt(rest.length), 1));
  return places;
}
