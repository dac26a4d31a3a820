import type { AlgorithmName, RunConfig } from './runConfig.js';

type Preset = Partial<Omit<RunConfig, 'env' | 'algorithm'>>;

/**
 * Settings that suit a task, where the algorithm's defaults do not. They start from those of rl-baselines3-zoo
 * (hyperparams/*.yml); networks of two layers of 64 keep the runs short on a CPU.
 */
const presets: { readonly [key: string]: Preset } = {
  'ppo CartPole-v1': {
    untilReturn: 475,
    settings: {
      numEnvs: 8, rolloutSteps: 32, minibatchSize: 256, epochs: 20, discount: 0.98, gaeLambda: 0.8,
      learningRate: 1e-3, annealClipRange: 'linear', entropyCoefficient: 0,
    },
  },
  'ppo Acrobot-v1': {
    steps: 500_000,
    untilReturn: -85,
    settings: { numEnvs: 16, rolloutSteps: 256, minibatchSize: 256, gaeLambda: 0.94, learningRate: 1e-3, entropyCoefficient: 0, normalizeObservation: true },
  },
  'ppo Pendulum-v1': {
    steps: 200_000,
    settings: { numEnvs: 4, rolloutSteps: 1024, minibatchSize: 256, epochs: 10, discount: 0.9, learningRate: 1e-3, anneal: 'none', entropyCoefficient: 0 },
  },
  'a2c CartPole-v1': { steps: 500_000, untilReturn: 475, settings: { anneal: 'linear' } },
  // One-step targets learn to balance but not to stay on the track, on some seeds; three-step targets do both.
  'dqn CartPole-v1': {
    untilEvaluation: 490,
    evaluateEvery: 2_500,
    settings: { learningRate: 1e-3, hidden: [128, 128], nStep: 3, trainFrequency: 256, gradientSteps: 128 },
  },
  'sac Pendulum-v1': { steps: 20_000, settings: { learningRate: 1e-3, hidden: [64, 64] } },
  'td3 Pendulum-v1': { steps: 20_000, settings: { learningRate: 1e-3, hidden: [64, 64] } },
  'sac MountainCarContinuous-v0': {
    untilEvaluation: 92,
    evaluateEvery: 5_000,
    settings: {
      learningRate: 3e-4, batchSize: 256, bufferSize: 50_000, tau: 0.01, discount: 0.9999, learningStarts: 256,
      temperature: 0.1, exploration: 'ou', explorationNoise: 0.7, hidden: [64, 64],
    },
  },
};

/** The preset of an algorithm on an environment; empty where there is none. */
export function presetOf(algorithm: AlgorithmName, env: string): Preset {
  return presets[`${algorithm} ${env}`] ?? {};
}
