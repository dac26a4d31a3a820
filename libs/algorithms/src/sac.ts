import { adam, applyUpdates, flatten, type GradientTransform, polyakUpdate, type Rng, tf, type Tree, valueAndGrad } from '@rivulet/engine';
import { aggregateLoss, sacActorLoss, tdLoss } from '@rivulet/losses';
import { gaussianPolicy, mlp, type Module, type ObservationAction, type Policy } from '@rivulet/networks';
import { autoTemperature } from '@rivulet/regularizers';
import { softTdTarget } from '@rivulet/returns';
import type { z } from 'zod';
import type { Algorithm, Spaces } from './algorithm.js';
import { correlatedNoise } from './correlatedNoise.js';
import type { Learner } from './learner.js';
import { offPolicyAlgorithm } from './offPolicyAlgorithm.js';
import type { ReplayBatch } from './replayLearner.js';
import { type SacConfig, sacConfig } from './sacConfig.js';
import { twinCritics } from './twinCritics.js';

export type SacState = {
  readonly actor: Tree;
  readonly critics: Tree;
  readonly target: Tree;
  /** Scalar: log α where it is learned; where it is fixed, nothing reads it. */
  readonly logTemperature: tf.Tensor;
  readonly optimizers: { readonly actor: Tree; readonly critics: Tree; readonly temperature: Tree };
};

/** A stochastic actor and twin critics. */
export interface SacNetworks {
  readonly actor: Policy;
  readonly critics: Module<ObservationAction>;
  /** Numbers in an action. */
  readonly actionSize: number;
}

/** The mathematics of SAC: critics towards the soft target, the actor towards the critics, the temperature towards its entropy. */
export function sacLearner(config: SacConfig, { actor, critics, actionSize }: SacNetworks): Learner<SacState, ReplayBatch> {
  const optimizer: GradientTransform = flatten(adam(config.learningRate));
  const targetEntropy = config.targetEntropy === 'auto' ? -actionSize : config.targetEntropy;
  const learned = config.temperature === 'auto';

  const temperatureOf = (state: SacState): tf.Scalar => (config.temperature === 'auto' ? (state.logTemperature.exp() as tf.Scalar) : tf.scalar(config.temperature));

  /** A step of log α towards the temperature at which the policy has its target entropy. */
  const dualStep = (state: SacState, logProb: tf.Tensor): { readonly logTemperature: tf.Tensor; readonly optimizer: Tree } => {
    if (!learned) return { logTemperature: state.logTemperature, optimizer: state.optimizers.temperature };
    const { grads } = valueAndGrad((logTemperature: tf.Tensor) => aggregateLoss(autoTemperature(logTemperature, logProb, { targetEntropy })))(state.logTemperature);
    const step = optimizer.update(grads, state.optimizers.temperature, state.logTemperature);
    return { logTemperature: applyUpdates(state.logTemperature, step.updates), optimizer: step.state };
  };

  return {
    init(rng: Rng): SacState {
      const [actorRng, criticRng] = rng.split(2);
      const parameters = { actor: actor.init(actorRng), critics: critics.init(criticRng) };
      const logTemperature = tf.scalar(learned ? Math.log(config.initialTemperature) : 0);
      return {
        ...parameters,
        target: polyakUpdate(parameters.critics, parameters.critics, { tau: 1 }),
        logTemperature,
        optimizers: { actor: optimizer.init(parameters.actor), critics: optimizer.init(parameters.critics), temperature: optimizer.init(logTemperature) },
      };
    },

    update(state, batch, { rng }) {
      const { observation, nextObservation, action, reward, terminated, discount } = batch;
      const noise = () => rng.normal([reward.shape[0], actionSize]);
      const temperature = temperatureOf(state);

      const next = actor.apply(state.actor, nextObservation).sampleWithLogProb(noise());
      const nextQ = critics.apply(state.target, { observation: nextObservation, action: next.sample });
      const target = softTdTarget({ reward, terminated, nextQ, nextLogProb: next.logProb }, { discount, temperature });

      const critic = valueAndGrad((parameters: Tree) => {
        const q = critics.apply(parameters, { observation, action });
        return { loss: aggregateLoss(tdLoss(q, target, { distance: 'mse', weight: batch.weight })), aux: { q } };
      })(state.critics);
      const criticStep = optimizer.update(critic.grads, state.optimizers.critics, state.critics);
      const newCritics = applyUpdates(state.critics, criticStep.updates);

      const policy = valueAndGrad((parameters: Tree) => {
        const { sample, logProb } = actor.apply(parameters, observation).sampleWithLogProb(noise());
        const q = critics.apply(newCritics, { observation, action: sample });
        return { loss: aggregateLoss(sacActorLoss({ logProb, q }, { temperature, reduce: 'min' })), aux: { logProb } };
      })(state.actor);
      const actorStep = optimizer.update(policy.grads, state.optimizers.actor, state.actor);

      const dual = dualStep(state, policy.aux.logProb);

      return {
        state: {
          actor: applyUpdates(state.actor, actorStep.updates),
          critics: newCritics,
          target: polyakUpdate(state.target, newCritics, { tau: config.tau }),
          logTemperature: dual.logTemperature,
          optimizers: { actor: actorStep.state, critics: criticStep.state, temperature: dual.optimizer },
        },
        metrics: { criticLoss: critic.loss, actorLoss: policy.loss, temperature, entropy: policy.aux.logProb.mean().neg() as tf.Scalar, q: critic.aux.q.mean() as tf.Scalar },
        priority: critic.aux.q.mean(0).sub(target).abs(),
      };
    },
  };
}

/** Perceptrons for a continuous action space: a tanh-squashed Gaussian with state-dependent deviation, and twin critics. */
export function sacNetworks(config: Pick<SacConfig, 'hidden' | 'activation'>, spaces: Spaces): SacNetworks {
  const { observationSize, actionSize, critics } = twinCritics('sac', config, spaces);
  const body = mlp({ hidden: config.hidden, activation: config.activation, in: observationSize, out: 2 * actionSize, outputGain: 0.01 });
  return { actionSize, critics, actor: gaussianPolicy({ body, dim: actionSize, squash: 'tanh', std: 'state' }) };
}

/**
 * Soft actor-critic: a stochastic actor that maximises return plus entropy, twin critics with Polyak targets, replay, and a
 * temperature that is fixed or learned so that the entropy holds its target.
 *
 * Source: Haarnoja et al., "Soft actor-critic algorithms and applications" (2018b), algorithm 1, eqs. 5, 7, 9 and 18. The
 * temperature's loss is taken in log α, as in the authors' code (rail-berkeley/softlearning).
 */
export function sac(settings: z.input<typeof sacConfig> = {}): Algorithm {
  const config = sacConfig.parse(settings);
  return offPolicyAlgorithm({
    name: 'sac',
    config: { ...config, nStep: 1 },
    build: (spaces) => {
      const networks = sacNetworks(config, spaces);
      return {
        learner: sacLearner(config, networks),
        acting: (state: SacState) => state.actor,
        explore: (acting, observation, { rng }) => {
          const policy = networks.actor.apply(acting, observation);
          return policy.sample(policy.noise(rng));
        },
        greedy: (acting, observation) => networks.actor.apply(acting, observation).mode(),
        noise: config.exploration === 'ou' ? correlatedNoise(config.explorationNoise, config.explorationCorrelation) : undefined,
      };
    },
  });
}
