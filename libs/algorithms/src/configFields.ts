import { z } from 'zod';

/** Fields that several algorithms' configs share, each with its meaning and unit in one place. */
export const configFields = {
  numEnvs: z.int().min(1).describe('environment copies stepped together'),
  discount: z.number().min(0).max(1).describe('discount factor γ per step'),
  learningRate: z.number().positive().describe('step size of the optimizer'),
  hidden: z.array(z.int().min(1)).describe('widths of the hidden layers'),
  activation: z.enum(['tanh', 'relu', 'elu', 'silu', 'gelu']).describe('nonlinearity of the hidden layers'),
  normalizeObservation: z.boolean().describe('standardise observations by running mean and variance'),
  normalizeReward: z.boolean().describe('scale rewards by the running deviation of the discounted return'),
  anneal: z.enum(['none', 'linear']).describe('how the learning rate falls to zero over the run'),
  maxGradientNorm: z.number().positive().describe('gradients are rescaled to at most this global L2 norm'),
  bufferSize: z.int().min(1).describe('capacity of the replay buffer, in transitions'),
  batchSize: z.int().min(1).describe('transitions per gradient step'),
  learningStarts: z.int().min(0).describe('environment steps before the first gradient step, taken at random'),
  trainFrequency: z.int().min(1).describe('environment steps between two rounds of learning'),
  gradientSteps: z.int().min(1).describe('gradient steps per round of learning'),
  compile: z.boolean().describe('run acting and learning as compiled graphs; false runs kernel by kernel, for debugging'),
  tau: z.number().gt(0).max(1).describe('Polyak coefficient: target ← τ online + (1 - τ) target'),
};
