import { type GradientTransform, sizeOf } from '@rivulet/engine';
import { actorCritic, type Objective } from './actorCritic.js';
import { actorCriticNetworks, type NetworkOptions } from './actorCriticNetworks.js';
import type { Algorithm, Spaces, TensorPolicy } from './algorithm.js';
import { adaptEnv } from './adaptEnv.js';
import { adaptPolicy } from './adaptPolicy.js';
import { clippedActions } from './clippedActions.js';
import { environmentActor } from './environmentActor.js';
import { greedyPolicy } from './greedyPolicy.js';
import { normalizeWith } from './observationNormalizer.js';
import { onPolicyLearner } from './onPolicyLearner.js';
import { policyBehaviour } from './policyBehaviour.js';
import type { PolicyWeights } from './policyWeights.js';
import { spaceField } from './spaceFields.js';

/** The settings that every on-policy algorithm has. */
export interface OnPolicyConfig extends NetworkOptions {
  readonly numEnvs: number;
  readonly rolloutSteps: number;
  readonly discount: number;
  readonly gaeLambda: number;
  readonly normalizeObservation: boolean;
  readonly normalizeReward: boolean;
  /** Act and learn by compiled graphs. */
  readonly compile: boolean;
}

/** An actor-critic that learns from fresh rollouts: what PPO and A2C share. */
export function onPolicyAlgorithm(options: {
  readonly name: string;
  readonly config: OnPolicyConfig;
  readonly epochs: number;
  readonly minibatchSize: number;
  /** Given the number of updates that the run will make. */
  readonly objective: (updates: number) => Objective;
  readonly optimizer: (updates: number) => GradientTransform;
}): Algorithm {
  const { name, config, epochs, minibatchSize } = options;
  const rolloutSize = config.numEnvs * config.rolloutSteps;
  const policy = (spaces: Spaces): TensorPolicy => {
    const networks = actorCriticNetworks(spaces, config);
    return (weights, observation) => networks.policy.apply(weights.policy, normalizeWith(weights.normalizer, observation)).mode();
  };
  return {
    name,
    numEnvs: config.numEnvs,
    // The Gaussian has no bounds: the environment sees the action cut off, the learner the one that was sampled.
    adapt: (env) => adaptEnv(env, clippedActions),
    start(env, rng, steps) {
      const [actorRng, behaviourRng, learnerRng] = rng.split(3);
      const spaces = { observation: env.observationSpace, action: env.actionSpace };
      const networks = actorCriticNetworks(spaces, config);
      const updates = Math.ceil(steps / rolloutSize) * epochs * Math.ceil(rolloutSize / minibatchSize);
      const behaviour = policyBehaviour<PolicyWeights>({
        policy: (weights, observation) => networks.policy.apply(weights.policy, normalizeWith(weights.normalizer, observation)),
        observationSpace: spaces.observation,
        actionSpace: spaces.action,
        rng: behaviourRng,
        compile: config.compile,
      });
      return {
        actor: environmentActor({ env, behaviour, steps: config.rolloutSteps, rewardDiscount: config.normalizeReward ? config.discount : undefined, rng: actorRng }),
        learner: onPolicyLearner({
          learner: actorCritic(networks, options.objective(updates), options.optimizer(updates)),
          value: networks.value,
          discount: config.discount,
          lambda: config.gaeLambda,
          epochs,
          minibatchSize,
          observationSize: sizeOf(spaceField(spaces.observation).shape),
          normalizeObservation: config.normalizeObservation,
          rng: learnerRng,
          compile: config.compile,
        }),
      };
    },
    policy,
    greedy: (spaces) => greedyPolicy(spaces, policy(spaces), config),
    deployed: (spaces) => adaptPolicy(spaces, clippedActions, policy),
  };
}
