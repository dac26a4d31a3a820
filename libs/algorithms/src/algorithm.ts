import type { Rng, tf, Tree } from '@rivulet/engine';
import type { Rows, Space, VectorEnv } from '@rivulet/envs';
import type { Actor, ChunkLearner } from '@rivulet/streams';
import type { PolicyWeights } from './policyWeights.js';
import type { Rollout } from './rollout.js';

/** The two sides of a training run, joined by streams. */
export interface ActorAndLearner<W extends Tree = PolicyWeights> {
  readonly actor: Actor<W, Rollout>;
  readonly learner: ChunkLearner<W, Rollout>;
}

/** The spaces of one copy of an environment. */
export interface Spaces {
  readonly observation: Space;
  readonly action: Space;
}

/** Actions [N, ...] for observations [N, D], both as the algorithm sees them (after its {@link Algorithm.adapt}); normalisation inside. */
export type TensorPolicy<W extends Tree = PolicyWeights> = (weights: W, observation: tf.Tensor) => tf.Tensor;

/** Greedy actions for rows of observations [N, D]. */
export type GreedyPolicy<W extends Tree = PolicyWeights> = (weights: W, observation: Rows, n: number) => Promise<Rows>;

/** A configured algorithm: give it an environment and randomness, and it can train. */
export interface Algorithm<W extends Tree = PolicyWeights> {
  readonly name: string;
  /** How many copies of the environment it acts in. */
  readonly numEnvs: number;
  /** The environment as the algorithm wants it: actions rescaled or clipped, observations normalised. */
  adapt(env: VectorEnv): VectorEnv;
  /**
   * @param env already adapted; the actor owns it from here on.
   * @param steps the planned number of environment steps, by which schedules are stretched.
   */
  start(env: VectorEnv, rng: Rng, steps: number): ActorAndLearner<W>;
  /** The policy to evaluate and deploy, as a pure function of tensors: the best actions [N, ...] known for observations [N, D]. */
  policy(spaces: Spaces): TensorPolicy<W>;
  /** {@link policy} for rows on the host. */
  greedy(spaces: Spaces): GreedyPolicy<W>;
  /** {@link policy} for the environment as it comes, before {@link adapt}: observations [N, ...] as it gives them, actions [N, ...] as it takes them. */
  deployed(spaces: Spaces): TensorPolicy<W>;
}
