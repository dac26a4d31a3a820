import { supervisedConfig } from '@rivulet/algorithms';
import { z } from 'zod';

/** The settings of the warm start: those of supervised learning, without what the run decides, and when it ends. */
export const warmStartConfig = supervisedConfig.omit({ newTokens: true, compile: true }).extend({
  until: z.union([z.literal('never'), z.number().gt(0).max(1)]).default(0.4).describe('end at the first evaluation that reaches this held-out accuracy'),
  rounds: z.int().min(0).default(500).describe('rounds at most; 0 for no warm start'),
  evaluateEvery: z.int().min(1).default(2).describe('rounds between evaluations'),
});

export type WarmStartConfig = z.infer<typeof warmStartConfig>;
