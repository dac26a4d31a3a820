import { applyUpdates, type GradientTransform, type Metrics, type Rng, tf, type Tree, valueAndGrad } from '@rivulet/engine';
import type { Distribution, Module, Policy } from '@rivulet/networks';
import type { Learner, Updated } from './learner.js';

/** A policy and a state-value network. */
export interface ActorCriticNetworks {
  readonly policy: Policy;
  readonly value: Module;
}

export type ActorCriticState = {
  readonly parameters: { readonly policy: Tree; readonly value: Tree };
  readonly optimizer: Tree;
  /** Scalar: updates made. */
  readonly step: tf.Tensor;
};

/** A minibatch of transitions with what the rollout and the estimator know of them; first axis [B]. */
export type ActorCriticBatch = {
  readonly observation: tf.Tensor;
  readonly action: tf.Tensor;
  /** `[B]`: log-probability under the policy that acted. */
  readonly logProb: tf.Tensor;
  /** [B] */
  readonly advantage: tf.Tensor;
  /** `[B]`: the value target. */
  readonly returns: tf.Tensor;
  /** `[B]`: the value estimate from which advantage and returns were made. */
  readonly value: tf.Tensor;
};

/** What an {@link Objective} sees: the batch, and the networks evaluated on it. */
export interface ObjectiveInputs {
  readonly batch: ActorCriticBatch;
  readonly policy: Distribution;
  /** `[B]`: log-probability of the batch's actions under the current policy. */
  readonly logProb: tf.Tensor;
  /** [B] */
  readonly value: tf.Tensor;
  /** Scalar: updates made so far. */
  readonly step: tf.Scalar;
}

/** The scalar to minimise and what to report: built from losses and regularizers, usually by `weighted`. */
export type Objective = (inputs: ObjectiveInputs) => { readonly loss: tf.Scalar; readonly metrics: Metrics };

/** A learner that descends an objective of a policy and its value network. */
export function actorCritic(networks: ActorCriticNetworks, objective: Objective, optimizer: GradientTransform): Learner<ActorCriticState, ActorCriticBatch> {
  return {
    init(rng: Rng): ActorCriticState {
      const [policyRng, valueRng] = rng.split(2);
      const parameters = { policy: networks.policy.init(policyRng), value: networks.value.init(valueRng) };
      return { parameters, optimizer: optimizer.init(parameters), step: tf.scalar(0) };
    },

    update(state: ActorCriticState, batch: ActorCriticBatch): Updated<ActorCriticState> {
      const { aux, grads } = valueAndGrad((parameters: ActorCriticState['parameters']) => {
        const policy = networks.policy.apply(parameters.policy, batch.observation);
        const value = networks.value.apply(parameters.value, batch.observation);
        const { loss, metrics } = objective({ batch, policy, value, logProb: policy.logProb(batch.action), step: state.step as tf.Scalar });
        return { loss, aux: metrics };
      })(state.parameters);
      const step = optimizer.update(grads, state.optimizer, state.parameters);
      return {
        state: { parameters: applyUpdates(state.parameters, step.updates), optimizer: step.state, step: state.step.add(1) },
        metrics: aux,
      };
    },
  };
}
