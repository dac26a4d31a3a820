import type { Json, Rng } from '@rivulet/engine';
import type { Rows } from '../env.js';
import type { Box, Discrete } from '../space.js';
import { box } from '../spaces/box.js';
import { discrete } from '../spaces/discrete.js';
import type { Batch } from '../vector/batch.js';
import type { EnvDefinition } from '../vector/envDefinition.js';

/** What {@link multiArmedBandit} takes. */
export interface MultiArmedBanditOptions {
  /** The mean of every arm; or a function of the step, for drifting or adversarial rewards. */
  readonly means: readonly number[] | ((step: number) => readonly number[]);
  /** Bernoulli draws, whose means must lie in [0, 1], or normal ones. Default `'bernoulli'`. */
  readonly distribution?: 'bernoulli' | 'gaussian';
  /** The standard deviation of normal rewards; 0 gives the means themselves. Default 1. */
  readonly noise?: number;
  /** The probability, after each pull, that the means change. Default 0. */
  readonly switchProbability?: number;
  /** The means among which a switch draws uniformly. Default: any order of `means`. */
  readonly meanSets?: readonly (readonly number[])[];
  /** How long each arm takes, any unit; `info.time` adds it up. Default 1 for every arm. */
  readonly durations?: readonly number[];
  /** The number of pulls of an episode; Infinity for no end. Default 1. */
  readonly horizon?: number;
}

const step = 0;
const time = 1;
const regret = 2;
const firstMean = 3;

function checkArms(means: readonly number[], arms: number, bernoulli: boolean): void {
  if (means.length !== arms || arms < 1) throw new Error(`multiArmedBandit: there must be ${Math.max(arms, 1)} means, got ${means.length}`);
  const wrong = means.find((mean) => !(bernoulli ? mean >= 0 && mean <= 1 : Number.isFinite(mean)));
  if (wrong !== undefined) throw new Error(`multiArmedBandit: means must be ${bernoulli ? 'in [0, 1] for Bernoulli rewards' : 'finite'}, got ${wrong}`);
}

function checkOptions(options: MultiArmedBanditOptions, arms: number): void {
  const { switchProbability = 0, noise = 1, durations, horizon = 1, meanSets } = options;
  if (!(switchProbability >= 0 && switchProbability <= 1)) throw new Error(`multiArmedBandit: switchProbability must be in [0, 1], got ${switchProbability}`);
  if (switchProbability > 0 && typeof options.means === 'function') throw new Error('multiArmedBandit: means that are a function of the step cannot switch as well');
  if (!(noise >= 0)) throw new Error(`multiArmedBandit: noise must not be negative, got ${noise}`);
  if (durations !== undefined && (durations.length !== arms || durations.some((d) => !(d > 0)))) throw new Error(`multiArmedBandit: there must be ${arms} positive durations`);
  if (!(horizon >= 1)) throw new Error(`multiArmedBandit: the horizon must be at least 1, got ${horizon}`);
  for (const set of meanSets ?? []) checkArms(set, arms, options.distribution !== 'gaussian');
}

/** Writes the means after a switch into the state of a copy. */
function redraw(batch: Batch, copy: number, means: readonly number[], sets: readonly (readonly number[])[] | undefined): void {
  const { state, numEnvs } = batch;
  const rng = batch.rngs[copy];
  const order = sets === undefined ? rng.permutation(means.length) : undefined;
  const drawn = sets === undefined ? means : sets[rng.nextInt(sets.length)];
  for (let k = 0; k < means.length; k++) state[(firstMean + k) * numEnvs + copy] = drawn[order === undefined ? k : order[k]];
}

function drawReward(mean: number, noise: number | undefined, rng: Rng): number {
  if (noise === undefined) return rng.nextUniform() < mean ? 1 : 0;
  return noise === 0 ? mean : mean + noise * rng.nextNormal();
}

/**
 * A bandit with K arms: pulling arm a pays r ~ Bernoulli(μₐ) or N(μₐ, noise²). The observation is a constant 1 of shape [1]. The last of `horizon` pulls
 * ends the episode; a reset brings back the first means.
 *
 * `info` tells `regret` = Σ (max μ − μₐ) over the pulls of the episode (pseudo-regret, without the noise), `best`, an arm with the largest mean now,
 * and `time`.
 * @throws when means, durations or probabilities are out of range.
 */
export function multiArmedBandit(options: MultiArmedBanditOptions): EnvDefinition<Box, Discrete> {
  const { distribution = 'bernoulli', switchProbability = 0, meanSets, durations, horizon = 1 } = options;
  const meansAt = typeof options.means === 'function' ? options.means : undefined;
  const means = typeof options.means === 'function' ? options.means(0) : options.means;
  const arms = means.length;
  const bernoulli = distribution === 'bernoulli';
  const noise = bernoulli ? undefined : (options.noise ?? 1);
  checkArms(means, arms, bernoulli);
  checkOptions(options, arms);

  const write = (batch: Batch, copy: number, values: readonly number[]): void => {
    for (let k = 0; k < arms; k++) batch.state[(firstMean + k) * batch.numEnvs + copy] = values[k];
  };
  const best = (batch: Batch, copy: number): number => {
    let arm = 0;
    for (let k = 1; k < arms; k++) if (batch.state[(firstMean + k) * batch.numEnvs + copy] > batch.state[(firstMean + arm) * batch.numEnvs + copy]) arm = k;
    return arm;
  };
  const change = (batch: Batch, copy: number): void => {
    if (meansAt !== undefined) write(batch, copy, meansAt(batch.state[copy]));
    else if (switchProbability > 0 && batch.rngs[copy].nextUniform() < switchProbability) redraw(batch, copy, means, meanSets);
  };

  return {
    id: 'MultiArmedBandit-v0',
    observationSpace: box({ low: 1, high: 1, shape: [1] }),
    actionSpace: discrete(arms),
    stateSize: firstMean + arms,
    reset(batch: Batch, copy: number): void {
      for (const field of [step, time, regret]) batch.state[field * batch.numEnvs + copy] = 0;
      write(batch, copy, means);
    },
    step(batch: Batch, actions: Rows, from: number, to: number): void {
      const { state, numEnvs: n } = batch;
      for (let i = from; i < to; i++) {
        const mean = state[(firstMean + actions[i]) * n + i];
        batch.reward[i] = drawReward(mean, noise, batch.rngs[i]);
        state[regret * n + i] += state[(firstMean + best(batch, i)) * n + i] - mean;
        state[time * n + i] += durations === undefined ? 1 : durations[actions[i]];
        batch.terminated[i] = ++state[step * n + i] >= horizon ? 1 : 0;
        change(batch, i);
      }
    },
    observe(_batch: Batch, out: Rows, from: number, to: number): void {
      out.fill(1, from, to);
    },
    info(batch: Batch, copy: number): { readonly [key: string]: Json } {
      const { state, numEnvs: n } = batch;
      return { regret: state[regret * n + copy], best: best(batch, copy), time: state[time * n + copy] };
    },
  };
}
