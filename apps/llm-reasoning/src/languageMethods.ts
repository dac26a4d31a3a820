import {
  type ActorAndLearner, expertIteration, expertIterationConfig, grpo, grpoConfig, grpoPresets, preferenceConfig, preferenceOptimization, tokenPpo, tokenPpoConfig, type TokenTraining,
} from '@rivulet/algorithms';
import type { Tree } from '@rivulet/engine';
import type { z } from 'zod';
import { withFreshHead } from './withFreshHead.js';

/** What learns after the warm start: its settings, and how to make it of them. */
export interface LanguageMethod {
  readonly description: string;
  /** The settings, without what the run decides. */
  readonly schema: z.ZodObject;
  /** What it learns with here, over the defaults. */
  readonly preset: { readonly [key: string]: unknown };
  /** @param training whose `from` is a policy's weights, also where the method trains more than those. */
  make(settings: { readonly [key: string]: unknown }, training: TokenTraining): ActorAndLearner<Tree>;
  /** The policy's weights, of those that the method trains. */
  policyOf(weights: Tree): Tree;
}

const grouped = { prompts: 64, groupSize: 8, minibatchPrompts: 32, epochs: 2, learningRate: 3e-4 };
// With a β of 0.1, both DPO and KTO came out below the warm start after 1.5 million tokens (one seed).
const paired = { prompts: 64, groupSize: 8, minibatchPairs: 32, epochs: 2, learningRate: 1e-4 };

function groupMethod(name: keyof typeof grpoPresets, description: string): LanguageMethod {
  return {
    description,
    schema: grpoConfig.omit({ newTokens: true }),
    preset: { ...grouped, ...grpoPresets[name] },
    make: (settings, training) => grpo(settings, training),
    policyOf: (weights) => weights,
  };
}

function preferenceMethod(loss: 'dpo' | 'ipo' | 'simpo' | 'orpo' | 'kto', description: string, preset: { readonly [key: string]: unknown } = {}): LanguageMethod {
  return {
    description,
    schema: preferenceConfig.omit({ newTokens: true }),
    preset: { ...paired, loss, ...preset },
    make: (settings, training) => preferenceOptimization(settings, training),
    policyOf: (weights) => weights,
  };
}

/** The methods that `rivulet run llm-reasoning` knows. */
export const languageMethods = {
  grpo: groupMethod('grpo', 'advantages standardised within groups of completions'),
  drGrpo: groupMethod('drGrpo', 'GRPO without division by deviation and length'),
  dapo: groupMethod('dapo', 'GRPO on informative groups, clipped higher above, averaged over tokens'),
  rloo: groupMethod('rloo', 'the mean of the other completions as baseline'),
  reinforcePlusPlus: groupMethod('reinforcePlusPlus', 'advantages standardised over the batch'),
  gspo: groupMethod('gspo', 'the probability ratio of the whole completion is clipped'),
  ppo: {
    description: 'a value head, and advantages token by token',
    schema: tokenPpoConfig.omit({ newTokens: true }),
    preset: { prompts: 512, minibatchPrompts: 256, epochs: 2, learningRate: 3e-4 },
    make: (settings, training) => withFreshHead(training, (from) => tokenPpo(settings, { ...training, from })),
    policyOf: (weights) => (weights as { readonly policy: Tree }).policy,
  },
  expertIteration: {
    description: 'right completions are learned as if they were given',
    schema: expertIterationConfig.omit({ newTokens: true }),
    preset: grouped,
    make: (settings, training) => expertIteration(settings, training),
    policyOf: (weights) => weights,
  },
  dpo: preferenceMethod('dpo', 'the best of a group against the worst, by log-ratios to the start', { beta: 0.5 }),
  ipo: preferenceMethod('ipo', 'pairs drawn to a fixed distance'),
  simpo: preferenceMethod('simpo', 'pairs without a reference, by mean log-probabilities', { beta: 2, margin: 0.5 }),
  orpo: preferenceMethod('orpo', 'pairs by their odds, beside the likelihood of the better one', { beta: 0.5, likelihoodCoefficient: 1 }),
  kto: preferenceMethod('kto', 'gains and losses apart, as in prospect theory', { beta: 0.5 }),
} as const satisfies { readonly [name: string]: LanguageMethod };

export type MethodName = keyof typeof languageMethods;

/** The names of the methods. */
export const methodNames = Object.keys(languageMethods) as [MethodName, ...MethodName[]];

/** A method by its name. */
export function languageMethod(name: MethodName): LanguageMethod {
  return languageMethods[name];
}
