import { z } from 'zod';
import { configFields } from './configFields.js';

/** The settings of {@link dqn}; defaults suit classic control, the variants are switches. */
export const dqnConfig = z.strictObject({
  numEnvs: configFields.numEnvs.default(1),
  bufferSize: configFields.bufferSize.default(100_000),
  batchSize: configFields.batchSize.default(64),
  learningStarts: configFields.learningStarts.default(1_000),
  trainFrequency: configFields.trainFrequency.default(256),
  gradientSteps: configFields.gradientSteps.default(128),
  discount: configFields.discount.default(0.99),
  learningRate: configFields.learningRate.default(1e-3),
  targetEvery: z.int().min(1).default(128).describe('gradient steps between two updates of the target network'),
  tau: configFields.tau.default(1),
  double: z.boolean().default(true).describe('choose the bootstrap action by the online network (van Hasselt et al. 2016)'),
  dueling: z.boolean().default(false).describe('split the head into value and advantage (Wang et al. 2016)'),
  prioritized: z.boolean().default(false).describe('draw transitions by their TD error (Schaul et al. 2016)'),
  priorityAlpha: z.number().min(0).default(0.6).describe('exponent of the priorities; 0 is uniform'),
  priorityBeta: z.number().min(0).max(1).default(0.4).describe('exponent of the importance weights at the start, 1 at the end'),
  nStep: z.int().min(1).default(1).describe('rewards summed before the bootstrap'),
  loss: z.enum(['huber', 'mse']).default('huber').describe('distance of the TD error'),
  explorationInitial: z.number().min(0).max(1).default(1).describe('ε at the start'),
  explorationFinal: z.number().min(0).max(1).default(0.04).describe('ε after the exploration fraction'),
  explorationFraction: z.number().gt(0).max(1).default(0.16).describe('share of the run over which ε falls'),
  maxGradientNorm: configFields.maxGradientNorm.default(10),
  hidden: configFields.hidden.default([64, 64]),
  activation: configFields.activation.default('relu'),
  normalizeObservation: configFields.normalizeObservation.default(false),
  compile: configFields.compile.default(true),
});

export type DqnConfig = z.infer<typeof dqnConfig>;
