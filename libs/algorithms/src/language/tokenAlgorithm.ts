import type { HostBatch, Rng, Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import type { ActorAndLearner } from '../algorithm.js';
import type { LearningRateOptions } from './learningRateSchedule.js';
import { tokenLearner, type TokenLearnerOptions } from './tokenLearner.js';
import { tokenOptimizer } from './tokenOptimizer.js';
import { tokenPolicy, type TokenPolicyOptions } from './tokenPolicy.js';
import type { TokenTraining } from './tokenTraining.js';

/** The settings that every algorithm over tokens has. */
export interface TokenAlgorithmConfig extends LearningRateOptions {
  readonly newTokens: number;
  /** Default: 1. */
  readonly epochs?: number;
  readonly accumulate?: number;
  readonly maxGradientNorm: number;
  readonly compile: boolean;
}

type OfPolicy = Pick<TokenPolicyOptions, 'objective' | 'aggregation' | 'temperature'>;
type OfLearner = Pick<TokenLearnerOptions, 'prepare' | 'groupSize' | 'minibatchGroups' | 'withReference' | 'correction'>;

/** What an algorithm over tokens is beside its settings: who gives it completions, what it makes of them, and what it minimises. */
export interface TokenAlgorithmOptions extends OfPolicy, OfLearner {
  readonly config: TokenAlgorithmConfig;
  readonly training: Pick<TokenTraining, 'policy' | 'from' | 'rng'>;
  /** Rollouts to learn from, such as {@link completionActor}, given a stream of its own. */
  readonly actor: (rng: Rng) => Actor<Tree, HostBatch>;
}

/** A language model that learns: what all algorithms over tokens share. Of the stream of `training`, actor and learner get a part each. */
export function tokenAlgorithm({ config, training, actor, objective, aggregation, temperature, ...learning }: TokenAlgorithmOptions): ActorAndLearner<Tree> {
  const { policy, from } = training;
  const { newTokens, epochs = 1, accumulate, compile } = config;
  const [actorRng, learnerRng] = training.rng.split(2);
  return {
    actor: actor(actorRng),
    learner: tokenLearner({
      ...learning,
      policy,
      learner: tokenPolicy(policy, { objective, optimizer: tokenOptimizer(config), newTokens, temperature, accumulate, aggregation }),
      epochs,
      newTokens,
      temperature,
      from,
      rng: learnerRng,
      compile,
    }),
  };
}
