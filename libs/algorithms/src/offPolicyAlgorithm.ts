import type { tf, Tree } from '@rivulet/engine';
import type { Space } from '@rivulet/envs';
import type { NoiseLaw } from '@rivulet/exploration';
import { adaptEnv } from './adaptEnv.js';
import { adaptPolicy } from './adaptPolicy.js';
import type { Algorithm, Spaces, TensorPolicy } from './algorithm.js';
import { environmentActor } from './environmentActor.js';
import { exploringBehaviour } from './exploringBehaviour.js';
import { greedyPolicy } from './greedyPolicy.js';
import type { Learner } from './learner.js';
import { normalizeWith } from './observationNormalizer.js';
import type { PolicyWeights } from './policyWeights.js';
import { type ReplayBatch, replayLearner } from './replayLearner.js';
import { rescaledActions } from './rescaledActions.js';
import type { RowContext } from './rowFunction.js';
import { withinBounds } from './withinBounds.js';

/** The settings that every off-policy algorithm has. */
export interface OffPolicyConfig {
  readonly numEnvs: number;
  readonly bufferSize: number;
  readonly batchSize: number;
  readonly learningStarts: number;
  readonly trainFrequency: number;
  readonly gradientSteps: number;
  readonly discount: number;
  readonly nStep: number;
  readonly normalizeObservation: boolean;
  /** Act and learn by compiled graphs. */
  readonly compile: boolean;
  /** Draw by TD error with these exponents; uniformly where undefined. */
  readonly prioritized?: undefined | { readonly alpha: number; readonly beta: number };
}

/** What distinguishes one off-policy algorithm from another. */
export interface OffPolicyParts<S extends Tree> {
  readonly learner: Learner<S, ReplayBatch>;
  /** The part of the state that acts. */
  readonly acting: (state: S) => Tree;
  /** Actions [N, ...] to learn from, for observations [N, D]. */
  readonly explore: (acting: Tree, observation: tf.Tensor, context: RowContext) => tf.Tensor;
  /** The best actions [N, ...] known. */
  readonly greedy: (acting: Tree, observation: tf.Tensor) => tf.Tensor;
  /** Added to the actions of {@link explore}. */
  readonly noise?: NoiseLaw;
}

/** Actions [N, m] within the bounds of a box: ONNX Runtime's tanh, and so a compiled policy, exceeds 1 by a rounding. */
function withinSpace(action: tf.Tensor, space: Space): tf.Tensor {
  return space.kind === 'box' ? withinBounds(action, space) : action;
}

/** An algorithm that learns from a replay buffer: what DQN, SAC and TD3 share. Continuous actions are learned in [-1, 1]. */
export function offPolicyAlgorithm<S extends Tree>(options: {
  readonly name: string;
  readonly config: OffPolicyConfig;
  /** Given the spaces, the planned environment steps, and the number of copies. */
  readonly build: (spaces: Spaces, steps: number) => OffPolicyParts<S>;
}): Algorithm {
  const { name, config, build } = options;
  const { numEnvs } = config;
  const chunkSteps = Math.max(1, Math.round(config.trainFrequency / numEnvs));
  const updatesIn = (steps: number): number => Math.max(1, Math.ceil((steps - config.learningStarts) / (chunkSteps * numEnvs))) * config.gradientSteps;
  const policy = (spaces: Spaces): TensorPolicy => {
    const parts = build(spaces, 1);
    return (weights, observation) => withinSpace(parts.greedy(weights.policy, normalizeWith(weights.normalizer, observation)), spaces.action);
  };
  return {
    name,
    numEnvs,
    adapt: (env) => adaptEnv(env, rescaledActions),
    start(env, rng, steps) {
      const [actorRng, behaviourRng, learnerRng] = rng.split(3);
      const spaces = { observation: env.observationSpace, action: env.actionSpace };
      const parts = build(spaces, steps);
      const behaviour = exploringBehaviour<PolicyWeights>({
        spaces,
        choose: (weights, observation, context) => withinSpace(parts.explore(weights.policy, normalizeWith(weights.normalizer, observation), context), spaces.action),
        noise: parts.noise,
        numEnvs,
        uniformSteps: config.learningStarts,
        rng: behaviourRng,
        compile: config.compile,
      });
      return {
        actor: environmentActor({ env, behaviour, steps: chunkSteps, rng: actorRng }),
        learner: replayLearner({ learner: parts.learner, acting: parts.acting, spaces, config, updates: updatesIn(steps), rng: learnerRng, compile: config.compile }),
      };
    },
    policy,
    greedy: (spaces) => greedyPolicy(spaces, policy(spaces), config),
    deployed: (spaces) => adaptPolicy(spaces, rescaledActions, policy),
  };
}
