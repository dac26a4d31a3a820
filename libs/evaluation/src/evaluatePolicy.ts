import type { Rows, VectorEnv, VectorStep } from '@rivulet/envs';
import type { EpisodeSummary } from '@rivulet/streams';

/** What an evaluation found. */
export interface EvaluationResult {
  /** The counted episodes, copy after copy, in the order in which each copy played them. */
  readonly episodes: readonly EpisodeSummary[];
  /** Mean undiscounted return. */
  readonly meanReturn: number;
  /** Standard deviation of the returns over the counted episodes (divided by their number, not by one less). */
  readonly stdReturn: number;
  /** Mean length in steps. */
  readonly meanLength: number;
}

/** How much to evaluate. */
export interface EvaluationOptions {
  /** Episodes to count. */
  readonly episodes: number;
  /** Seed of the environment's random streams. */
  readonly seed: number;
  /** Steps after which an evaluation that has not finished fails; default: no limit. */
  readonly maxSteps?: number;
}

function summarize(episodes: readonly EpisodeSummary[]): EvaluationResult {
  const average = (value: (episode: EpisodeSummary) => number): number => episodes.reduce((sum, episode) => sum + value(episode), 0) / episodes.length;
  const meanReturn = average((episode) => episode.return);
  return { episodes, meanReturn, stdReturn: Math.sqrt(average((episode) => (episode.return - meanReturn) ** 2)), meanLength: average(({ length }) => length) };
}

/** Adds up the episodes of N copies, of each no more than its quota. */
class Counter {
  readonly episodes: EpisodeSummary[][];
  readonly #quota: number[];
  readonly #return: Float64Array;
  readonly #length: Int32Array;
  /** 1 for the copies that ended at the last step. */
  readonly ended: Uint8Array;
  readonly #nextStep: boolean;
  missing: number;

  constructor(copies: number, episodes: number, nextStep: boolean) {
    this.#quota = Array.from({ length: copies }, (_, copy) => Math.floor(episodes / copies) + (copy < episodes % copies ? 1 : 0));
    this.episodes = this.#quota.map(() => []);
    this.#return = new Float64Array(copies);
    this.#length = new Int32Array(copies);
    this.ended = new Uint8Array(copies);
    this.#nextStep = nextStep;
    this.missing = episodes;
  }

  count({ reward, terminated, truncated }: VectorStep): void {
    for (let copy = 0; copy < this.ended.length; copy++) {
      // In this mode, the step after an end only resets.
      const resetting = this.#nextStep && this.ended[copy] !== 0;
      this.ended[copy] = 0;
      if (resetting) continue;
      this.#return[copy] += reward[copy];
      this.#length[copy]++;
      if (terminated[copy] === 0 && truncated[copy] === 0) continue;
      this.ended[copy] = 1;
      this.#finish(copy);
    }
  }

  #finish(copy: number): void {
    if (this.episodes[copy].length < this.#quota[copy]) {
      this.episodes[copy].push({ return: this.#return[copy], length: this.#length[copy] });
      this.missing--;
    }
    this.#return[copy] = 0;
    this.#length[copy] = 0;
  }
}

/**
 * Plays whole episodes apart from training, and counts them without bias: with N copies, copy i counts exactly its first
 * ⌊E/N⌋ or ⌈E/N⌉ episodes. (Taking the first E episodes that end in any copy would prefer short ones.) A policy without randomness of its own
 * gives the same result for the same seed and number of copies.
 *
 * @param makeVectorEnv makes the environment, in any reset mode; it is closed afterwards, also after a failure
 * @param act the actions for observations [N, D], which belong to the environment: do not keep them
 * @throws when `episodes` is not a positive integer, or after `maxSteps`; and whatever `act` or the environment throw.
 */
export async function evaluatePolicy(
  makeVectorEnv: () => VectorEnv,
  act: (observation: Rows, n: number) => Rows | Promise<Rows>,
  options: EvaluationOptions,
): Promise<EvaluationResult> {
  const { episodes, seed, maxSteps = Infinity } = options;
  if (!Number.isInteger(episodes) || episodes < 1) throw new Error(`evaluatePolicy: episodes must be a positive integer, got ${episodes}`);
  const env = makeVectorEnv();
  try {
    const counter = new Counter(env.numEnvs, episodes, env.autoReset === 'nextStep');
    let observation = env.reset({ seed });
    for (let step = 0; counter.missing > 0; step++) {
      if (step >= maxSteps) throw new Error(`evaluatePolicy: ${counter.missing} of ${episodes} episodes of ${env.id} are missing after ${maxSteps} steps`);
      // Awaiting only promises keeps a synchronous policy off the microtask queue.
      const chosen = act(observation, env.numEnvs);
      const stepped = env.step(chosen instanceof Promise ? await chosen : chosen);
      counter.count(stepped);
      observation = env.autoReset === 'disabled' && counter.ended.includes(1) ? env.reset({ mask: counter.ended }) : stepped.observation;
    }
    return summarize(counter.episodes.flat());
  } finally {
    env.close();
  }
}
