import type { EnvDefinition } from '@rivulet/envs';
import { a2c, type Algorithm, dqn, ppo, sac, td3 } from '../src/index.js';
import { identity, patience } from './toys.js';

/** An algorithm with an environment for it. */
export interface Member {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly env: EnvDefinition;
}

const small = { hidden: [4] };
const offPolicyOf = (common: { readonly compile: boolean }) => ({ ...small, bufferSize: 64, batchSize: 4, learningStarts: 8, trainFrequency: 6, gradientSteps: 2, ...common });

/** Every algorithm with 1 and with 3 copies, and every option once. Chunks and networks are tiny; all learn from the second chunk on. */
export const membersWith = (common: { readonly compile: boolean }): readonly Member[] => [
  { name: 'ppo, 1 copy', algorithm: ppo({ ...small, ...common, numEnvs: 1, rolloutSteps: 6, minibatchSize: 5, epochs: 2 }), env: patience('discrete') },
  {
    name: 'ppo, 3 copies, continuous, everything',
    algorithm: ppo({ ...small, ...common, numEnvs: 3, rolloutSteps: 4, minibatchSize: 6, epochs: 1, normalizeObservation: true, normalizeReward: true, annealClipRange: 'linear', valueClipRange: 0.2 }),
    env: identity('continuous'),
  },
  { name: 'a2c, 1 copy, multi-discrete', algorithm: a2c({ ...small, ...common, numEnvs: 1, anneal: 'linear', entropyCoefficient: 0.01 }), env: identity('multiDiscrete') },
  { name: 'a2c, 3 copies, normalised', algorithm: a2c({ ...small, ...common, numEnvs: 3, normalizeObservation: true, normalizeReward: true, normalizeAdvantage: true }), env: identity('continuous') },
  { name: 'dqn, 1 copy', algorithm: dqn({ ...offPolicyOf(common), double: false }), env: patience('discrete') },
  {
    name: 'dqn, 3 copies, everything',
    algorithm: dqn({ ...offPolicyOf(common), numEnvs: 3, prioritized: true, nStep: 3, dueling: true, double: true, normalizeObservation: true, targetEvery: 2, tau: 0.5 }),
    env: patience('discrete'),
  },
  { name: 'sac, 1 copy, OU noise, fixed temperature', algorithm: sac({ ...offPolicyOf(common), exploration: 'ou', temperature: 0.1, normalizeObservation: true }), env: patience('continuous') },
  { name: 'sac, 3 copies', algorithm: sac({ ...offPolicyOf(common), numEnvs: 3 }), env: identity('continuous') },
  { name: 'td3, 1 copy, OU noise', algorithm: td3({ ...offPolicyOf(common), exploration: 'ou' }), env: patience('continuous') },
  { name: 'td3, 3 copies, normalised', algorithm: td3({ ...offPolicyOf(common), numEnvs: 3, policyDelay: 3, normalizeObservation: true }), env: identity('continuous') },
];

export const members = membersWith({ compile: true });
