import { adam, applyUpdates, flatten, type GradientTransform, polyakUpdate, type Rng, type tf, type Tree, valueAndGrad } from '@rivulet/engine';
import { actionNoise } from '@rivulet/exploration';
import { aggregateLoss, dpgLoss, tdLoss } from '@rivulet/losses';
import { deterministicPolicy, mlp, type Module, type ObservationAction, type Deterministic } from '@rivulet/networks';
import { tdTarget } from '@rivulet/returns';
import type { z } from 'zod';
import type { Algorithm, Spaces } from './algorithm.js';
import { correlatedNoise } from './correlatedNoise.js';
import { dueEvery } from './dueEvery.js';
import type { Learner } from './learner.js';
import { offPolicyAlgorithm } from './offPolicyAlgorithm.js';
import type { ReplayBatch } from './replayLearner.js';
import { type Td3Config, td3Config } from './td3Config.js';
import { twinCritics } from './twinCritics.js';

export type Td3State = {
  readonly actor: Tree;
  readonly critics: Tree;
  readonly targets: { readonly actor: Tree; readonly critics: Tree };
  readonly optimizers: { readonly actor: Tree; readonly critics: Tree };
};

/** A deterministic actor and twin critics. */
export interface Td3Networks {
  readonly actor: Module<tf.Tensor, Deterministic>;
  readonly critics: Module<ObservationAction>;
  /** Numbers in an action. */
  readonly actionSize: number;
}

/** The mathematics of TD3: clipped double Q, smoothed target actions, delayed actor and targets. */
export function td3Learner(config: Td3Config, { actor, critics, actionSize }: Td3Networks): Learner<Td3State, ReplayBatch> {
  const optimizer: GradientTransform = flatten(adam(config.learningRate));
  const copy = (tree: Tree) => polyakUpdate(tree, tree, { tau: 1 });
  return {
    init(rng: Rng): Td3State {
      const [actorRng, criticRng] = rng.split(2);
      const parameters = { actor: actor.init(actorRng), critics: critics.init(criticRng) };
      return {
        ...parameters,
        targets: { actor: copy(parameters.actor), critics: copy(parameters.critics) },
        optimizers: { actor: optimizer.init(parameters.actor), critics: optimizer.init(parameters.critics) },
      };
    },

    alike: dueEvery(config.policyDelay),

    update(state, batch, { rng, index }) {
      const { observation, nextObservation, action, reward, terminated, discount } = batch;
      const smoothing = { std: config.targetNoise, clip: config.targetNoiseClip, low: -1, high: 1 };
      const nextAction = actionNoise(actor.apply(state.targets.actor, nextObservation).value, rng.normal([reward.shape[0], actionSize]), smoothing);
      const nextValue = critics.apply(state.targets.critics, { observation: nextObservation, action: nextAction });
      const target = tdTarget({ reward, terminated, nextValue }, { discount, reduce: 'min' });

      const critic = valueAndGrad((parameters: Tree) => {
        const q = critics.apply(parameters, { observation, action });
        return { loss: aggregateLoss(tdLoss(q, target, { distance: 'mse', weight: batch.weight })), aux: { q } };
      })(state.critics);
      const criticStep = optimizer.update(critic.grads, state.optimizers.critics, state.critics);
      const newCritics = applyUpdates(state.critics, criticStep.updates);
      const metrics = { criticLoss: critic.loss, q: critic.aux.q.mean() as tf.Scalar };
      const priority = critic.aux.q.mean(0).sub(target).abs();
      const optimizers = { ...state.optimizers, critics: criticStep.state };
      if ((index + 1) % config.policyDelay !== 0) return { state: { ...state, critics: newCritics, optimizers }, metrics, priority };

      const policy = valueAndGrad((parameters: Tree) => {
        const chosen = actor.apply(parameters, observation).value;
        return aggregateLoss(dpgLoss(firstMember(critics.apply(newCritics, { observation, action: chosen }))));
      })(state.actor);
      const actorStep = optimizer.update(policy.grads, state.optimizers.actor, state.actor);
      const newActor = applyUpdates(state.actor, actorStep.updates);
      const { tau } = config;
      return {
        state: {
          actor: newActor,
          critics: newCritics,
          targets: { actor: polyakUpdate(state.targets.actor, newActor, { tau }), critics: polyakUpdate(state.targets.critics, newCritics, { tau }) },
          optimizers: { actor: actorStep.state, critics: criticStep.state },
        },
        metrics: { ...metrics, actorLoss: policy.loss },
        priority,
      };
    },
  };
}

/** Q₁ of values [M, B]. */
function firstMember(values: tf.Tensor): tf.Tensor {
  return values.slice([0, 0], [1, -1]).squeeze([0]);
}

/** Perceptrons for a continuous action space: a tanh actor and twin critics. */
export function td3Networks(config: Pick<Td3Config, 'hidden' | 'activation'>, spaces: Spaces): Td3Networks {
  const { observationSize, actionSize, critics } = twinCritics('td3', config, spaces);
  const body = mlp({ hidden: config.hidden, activation: config.activation, in: observationSize, out: actionSize, outputGain: 0.01 });
  return { actionSize, critics, actor: deterministicPolicy({ body, dim: actionSize }) };
}

/**
 * Twin delayed deep deterministic policy gradient: DDPG with the smaller of two critics, smoothed target actions, and an
 * actor that is updated less often.
 *
 * Source: Fujimoto et al., "Addressing function approximation error in actor-critic methods" (2018), algorithm 1. As in the
 * authors' code (sfujim/TD3), the targets follow only when the actor is updated.
 */
export function td3(settings: z.input<typeof td3Config> = {}): Algorithm {
  const config = td3Config.parse(settings);
  return offPolicyAlgorithm({
    name: 'td3',
    config: { ...config, nStep: 1 },
    build: (spaces) => {
      const networks = td3Networks(config, spaces);
      return {
        learner: td3Learner(config, networks),
        acting: (state: Td3State) => state.actor,
        explore: (acting, observation) => networks.actor.apply(acting, observation).mode(),
        greedy: (acting, observation) => networks.actor.apply(acting, observation).mode(),
        noise: config.exploration === 'ou' ? correlatedNoise(config.explorationNoise, config.explorationCorrelation) : { kind: 'gaussian', std: config.explorationNoise },
      };
    },
  });
}
