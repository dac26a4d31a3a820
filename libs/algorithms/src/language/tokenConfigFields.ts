import { z } from 'zod';
import { configFields } from '../configFields.js';

/** Fields that the configs of algorithms over tokens share, each with its meaning and unit in one place. */
export const tokenConfigFields = {
  prompts: z.int().min(1).describe('prompts in a round'),
  groupSize: z.int().min(1).describe('completions of each prompt'),
  newTokens: z.int().min(1).describe('the most tokens of a completion'),
  temperature: z.number().positive().describe('temperature of sampling, and of the log-probabilities that are learned from'),
  epochs: z.int().min(1).describe('passes over the completions of a round'),
  minibatchPrompts: z.int().min(1).describe('prompts, with all their completions, in a gradient step'),
  accumulate: z.int().min(1).describe('parts into which a minibatch is cut to save memory; the step is the same'),
  learningRate: configFields.learningRate,
  warmupUpdates: z.int().min(0).describe('gradient steps over which the learning rate rises to its full size'),
  annealUpdates: z.int().min(0).describe('gradient steps after those over which it falls to zero; with 0 it does not fall'),
  anneal: z.enum(['linear', 'cosine']).describe('how it falls'),
  maxGradientNorm: configFields.maxGradientNorm,
  compile: configFields.compile,
};
