import { adam, applyUpdates, chain, clipByGlobalNorm, flatten, type GradientTransform, linearSchedule, polyakUpdate, type Rng, sizeOf, tf, type Tree, valueAndGrad } from '@rivulet/engine';
import { epsilonGreedy } from '@rivulet/exploration';
import { aggregateLoss, tdLoss } from '@rivulet/losses';
import { mlp, type Module, qNetwork, uniformFanIn } from '@rivulet/networks';
import { doubleQTarget, tdTarget } from '@rivulet/returns';
import type { z } from 'zod';
import type { Algorithm, Spaces } from './algorithm.js';
import { type DqnConfig, dqnConfig } from './dqnConfig.js';
import { dueEvery } from './dueEvery.js';
import type { Learner } from './learner.js';
import { offPolicyAlgorithm } from './offPolicyAlgorithm.js';
import type { ReplayBatch } from './replayLearner.js';
import { spaceField } from './spaceFields.js';

export type DqnState = { readonly online: Tree; readonly target: Tree; readonly optimizer: Tree };

/** The mathematics of DQN: one temporal-difference step on a batch, and the target network that follows. */
export function dqnLearner(config: DqnConfig, q: Module): Learner<DqnState, ReplayBatch> {
  const optimizer: GradientTransform = flatten(chain(clipByGlobalNorm(config.maxGradientNorm), adam(config.learningRate)));
  return {
    init(rng: Rng): DqnState {
      const online = q.init(rng);
      return { online, target: polyakUpdate(online, online, { tau: 1 }), optimizer: optimizer.init(online) };
    },

    alike: dueEvery(config.targetEvery),

    update(state, batch, { index }) {
      const { reward, terminated, discount } = batch;
      const targetQ = q.apply(state.target, batch.nextObservation);
      const target = config.double
        ? doubleQTarget({ reward, terminated, targetQ, selectorQ: q.apply(state.online, batch.nextObservation) }, { discount })
        : tdTarget({ reward, terminated, nextValue: targetQ.max(-1) }, { discount });

      const { loss, grads, aux } = valueAndGrad((online: Tree) => {
        const all = q.apply(online, batch.observation);
        const taken = all.mul(tf.oneHot(batch.action.toInt(), all.shape[1] as number)).sum(-1);
        return { loss: aggregateLoss(tdLoss(taken, target, { distance: config.loss, weight: batch.weight })), aux: { taken } };
      })(state.online);

      const step = optimizer.update(grads, state.optimizer, state.online);
      const online = applyUpdates(state.online, step.updates);
      const due = (index + 1) % config.targetEvery === 0;
      return {
        state: { online, target: due ? polyakUpdate(state.target, online, { tau: config.tau }) : state.target, optimizer: step.state },
        metrics: { loss, q: aux.taken.mean() },
        priority: target.sub(aux.taken).abs(),
      };
    },
  };
}

function network(config: DqnConfig, { observation, action }: Spaces): { q: Module; actions: number } {
  if (action.kind !== 'discrete') throw new Error(`dqn: needs a discrete action space, but this one is ${action.kind}: use ${action.kind === 'box' ? 'sac, td3, ppo or a2c' : 'ppo or a2c'}`);
  const body = mlp({ in: sizeOf(spaceField(observation).shape), hidden: config.hidden, out: action.n + (config.dueling ? 1 : 0), activation: config.activation, kernelInit: uniformFanIn(), biasInit: uniformFanIn() });
  return { q: qNetwork({ body, actions: action.n, dueling: config.dueling }), actions: action.n };
}

/**
 * Deep Q-network: ε-greedy acting, a replay buffer, and regression of Q(s, a) on r + γ max Q_target(s', ·). Options: double,
 * dueling, prioritised replay, n-step returns.
 *
 * Sources: Mnih et al., "Human-level control through deep reinforcement learning" (2015), algorithm 1; van Hasselt et al.
 * (2016), Wang et al. (2016), Schaul et al. (2016) for the options, and Hessel et al. (2018) for their combination.
 */
export function dqn(settings: z.input<typeof dqnConfig> = {}): Algorithm {
  const config = dqnConfig.parse(settings);
  return offPolicyAlgorithm({
    name: 'dqn',
    config: { ...config, prioritized: config.prioritized ? { alpha: config.priorityAlpha, beta: config.priorityBeta } : undefined },
    build: (spaces, steps) => {
      const { q } = network(config, spaces);
      const epsilon = linearSchedule({ from: config.explorationInitial, to: config.explorationFinal, steps: Math.ceil(config.explorationFraction * steps) });
      return {
        learner: dqnLearner(config, q),
        acting: (state: DqnState) => state.online,
        explore: (weights, observation, { rng, step }) => epsilonGreedy(q.apply(weights, observation), epsilon.tensor(step as tf.Scalar), rng),
        greedy: (weights, observation) => q.apply(weights, observation).argMax(-1),
      };
    },
  });
}
