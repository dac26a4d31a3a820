import { ndarray } from '@rivulet/engine';
import type { HostBatch, Json, NdArray, Rng } from '@rivulet/engine';
import type { Rows } from '../env.js';
import type { Box, Discrete } from '../space.js';
import { box } from '../spaces/box.js';
import { discrete } from '../spaces/discrete.js';
import { checkDistribution } from '../tabular/assembleMdp.js';
import { readTable } from '../tabular/numberTable.js';
import type { NumberTable } from '../tabular/numberTable.js';
import type { Batch } from '../vector/batch.js';
import type { EnvDefinition } from '../vector/envDefinition.js';

/** What {@link contextualBandit} takes. */
export interface ContextualBanditOptions {
  /** `[N, d]`: the contexts, drawn uniformly. */
  readonly contexts: NumberTable;
  /** `[N, A]`: the mean reward of every action. */
  readonly rewards: NumberTable;
  /** `[N, A]`: the probabilities of the actions under the policy that logs (see {@link softmaxLogging}). Default: uniform. */
  readonly logging?: NumberTable;
  /** `'none'` pays the mean, `'bernoulli'` draws 0 or 1, `'gaussian'` adds normal noise. Default `'none'`. */
  readonly distribution?: 'none' | 'bernoulli' | 'gaussian';
  /** The standard deviation of normal noise. Default 1. */
  readonly noise?: number;
  /** The number of decisions of an episode; Infinity for no end. Default 1. */
  readonly horizon?: number;
}

/** Logged decisions, all [n] but the contexts. */
export interface LoggedBandit extends HostBatch {
  /** [n, d] */
  readonly contexts: NdArray<'float32'>;
  /** The row of each context in the table. */
  readonly contextIndices: NdArray<'int32'>;
  readonly actions: NdArray<'int32'>;
  readonly rewards: NdArray<'float32'>;
  /** The probability with which the logging policy took each action. */
  readonly propensities: NdArray<'float32'>;
}

/** A contextual bandit as an environment, with its tables and a log of the logging policy. */
export interface ContextualBandit extends EnvDefinition<Box, Discrete> {
  /** [N, d] */
  readonly contexts: NdArray<'float64'>;
  /** `[N, A]`: mean rewards. */
  readonly rewards: NdArray<'float64'>;
  /** [N, A] */
  readonly logging: NdArray<'float64'>;
  /** n independent decisions of the logging policy. @throws when n is not a positive integer. */
  log(n: number, rng: Rng): LoggedBandit;
  /** (1/N) Σ Σ π(a | x) r(x, a): the exact value of a policy given by its probabilities [N, A]. */
  policyValue(probabilities: NumberTable): number;
}

const step = 0;
const index = 1;
const regret = 2;

interface Tables {
  readonly contexts: NdArray<'float64'>;
  readonly rewards: NdArray<'float64'>;
  readonly logging: NdArray<'float64'>;
  readonly N: number;
  readonly d: number;
  readonly A: number;
}

function policyTable(name: string, table: NumberTable, N: number, A: number): NdArray<'float64'> {
  const read = readTable(`contextualBandit: ${name}`, table);
  if (read.shape.length !== 2 || read.shape[0] !== N || read.shape[1] !== A) throw new Error(`contextualBandit: ${name} must have the shape [${N}, ${A}], got [${read.shape.join(', ')}]`);
  for (let i = 0; i < N; i++) checkDistribution(`contextualBandit: ${name} of context ${i}`, read.data.subarray(i * A, (i + 1) * A));
  return read;
}

function readTables(options: ContextualBanditOptions): Tables {
  const contexts = readTable('contextualBandit: contexts', options.contexts);
  const rewards = readTable('contextualBandit: rewards', options.rewards);
  if (contexts.shape.length !== 2 || contexts.data.length === 0) throw new Error(`contextualBandit: contexts must have the shape [N, d], got [${contexts.shape.join(', ')}]`);
  const [N, d] = contexts.shape;
  const A = rewards.shape[1];
  if (rewards.shape.length !== 2 || rewards.shape[0] !== N || A < 1) throw new Error(`contextualBandit: rewards must have the shape [${N}, A], got [${rewards.shape.join(', ')}]`);
  if (options.distribution === 'bernoulli' && rewards.data.some((r) => !(r >= 0 && r <= 1))) throw new Error('contextualBandit: rewards must be in [0, 1] for Bernoulli draws');
  const uniform = ndarray('float64', [N, A], new Float64Array(N * A).fill(1 / A));
  return { contexts, rewards, logging: options.logging === undefined ? uniform : policyTable('logging', options.logging, N, A), N, d, A };
}

function rewardDraw(options: ContextualBanditOptions): (mean: number, rng: Rng) => number {
  const { distribution = 'none', noise = 1 } = options;
  if (distribution === 'bernoulli') return (mean, rng) => (rng.nextUniform() < mean ? 1 : 0);
  if (distribution === 'gaussian') return (mean, rng) => mean + noise * rng.nextNormal();
  return (mean) => mean;
}

function logDecisions(tables: Tables, draw: (mean: number, rng: Rng) => number, n: number, rng: Rng): LoggedBandit {
  if (!Number.isInteger(n) || n < 1) throw new Error(`contextualBandit.log: n must be a positive integer, got ${n}`);
  const { contexts, rewards, logging, N, d, A } = tables;
  const log = {
    contexts: ndarray('float32', [n, d]),
    contextIndices: ndarray('int32', [n]),
    actions: ndarray('int32', [n]),
    rewards: ndarray('float32', [n]),
    propensities: ndarray('float32', [n]),
  };
  for (let i = 0; i < n; i++) {
    const x = rng.nextInt(N);
    const a = rng.nextCategorical(logging.data.subarray(x * A, (x + 1) * A));
    log.contexts.data.set(contexts.data.subarray(x * d, (x + 1) * d), i * d);
    log.contextIndices.data[i] = x;
    log.actions.data[i] = a;
    log.rewards.data[i] = draw(rewards.data[x * A + a], rng);
    log.propensities.data[i] = logging.data[x * A + a];
  }
  return log;
}

/** `[N]`: the largest mean reward of every context. */
function bestRewards({ rewards, N, A }: Tables): Float64Array {
  return Float64Array.from({ length: N }, (_, x) => rewards.data.subarray(x * A, (x + 1) * A).reduce((best, r) => Math.max(best, r), -Infinity));
}

/**
 * A contextual bandit over a table: a context x is drawn uniformly, action a pays r(x, a), with noise if wanted. Every decision shows a new context;
 * the last of `horizon` decisions ends the episode.
 *
 * `info` tells `regret` = Σ (max r(x, ·) − r(x, a)) over the decisions of the episode, without noise, and `context`, the row of the context shown.
 * @throws when shapes do not fit or the logging policy has a row that is not a distribution.
 */
export function contextualBandit(options: ContextualBanditOptions): ContextualBandit {
  const tables = readTables(options);
  const { contexts, rewards, logging, N, d, A } = tables;
  const { horizon = 1 } = options;
  if (!(horizon >= 1)) throw new Error(`contextualBandit: the horizon must be at least 1, got ${horizon}`);
  const draw = rewardDraw(options);
  const best = bestRewards(tables);
  const column = (j: number): Float64Array => Float64Array.from({ length: N }, (_, x) => contexts.data[x * d + j]);
  const columns = Array.from({ length: d }, (_, j) => column(j));

  return {
    id: 'ContextualBandit-v0',
    contexts,
    rewards,
    logging,
    observationSpace: box({ low: columns.map((values) => values.reduce((a, b) => Math.min(a, b))), high: columns.map((values) => values.reduce((a, b) => Math.max(a, b))) }),
    actionSpace: discrete(A),
    stateSize: 3,
    reset(batch: Batch, copy: number): void {
      batch.state[step * batch.numEnvs + copy] = 0;
      batch.state[index * batch.numEnvs + copy] = batch.rngs[copy].nextInt(N);
      batch.state[regret * batch.numEnvs + copy] = 0;
    },
    step(batch: Batch, actions: Rows, from: number, to: number): void {
      const { state, numEnvs: n } = batch;
      for (let i = from; i < to; i++) {
        const x = state[index * n + i];
        const mean = rewards.data[x * A + actions[i]];
        batch.reward[i] = draw(mean, batch.rngs[i]);
        state[regret * n + i] += best[x] - mean;
        state[index * n + i] = batch.rngs[i].nextInt(N);
        batch.terminated[i] = ++state[step * n + i] >= horizon ? 1 : 0;
      }
    },
    observe(batch: Batch, out: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        const x = batch.state[index * batch.numEnvs + i];
        for (let j = 0; j < d; j++) out[i * d + j] = contexts.data[x * d + j];
      }
    },
    info(batch: Batch, copy: number): { readonly [key: string]: Json } {
      return { regret: batch.state[regret * batch.numEnvs + copy], context: batch.state[index * batch.numEnvs + copy] };
    },
    log: (n, rng) => logDecisions(tables, draw, n, rng),
    policyValue: (probabilities) => policyTable('probabilities', probabilities, N, A).data.reduce((sum, p, i) => sum + p * rewards.data[i], 0) / N,
  };
}
