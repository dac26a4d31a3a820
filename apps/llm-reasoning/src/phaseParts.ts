import { type ActorAndLearner, supervised, type TokenTraining } from '@rivulet/algorithms';
import { Rng, type Tree } from '@rivulet/engine';
import { languageMethod } from './languageMethods.js';
import type { RunConfig } from './runConfig.js';
import type { RunParts } from './runParts.js';
import { warmStartConfig } from './warmStartConfig.js';

/** Actor and learner of each phase of a run. */
export const phaseParts = {
  warmStart(parts: RunParts, config: RunConfig): ActorAndLearner<Tree> {
    const { until: _until, rounds: _rounds, evaluateEvery: _every, ...settings } = warmStartConfig.parse(config.warmStart);
    const compile = config.settings['compile'] !== false;
    return supervised({ ...settings, compile, newTokens: parts.room.newTokens }, trainingOf(parts, config, 'warmStart', parts.start));
  },

  /** @param from the policy's weights; those of the parts, or fresh ones, unless given. */
  method(parts: RunParts, config: RunConfig, from: Tree | undefined = parts.start): ActorAndLearner<Tree> {
    return languageMethod(config.method).make({ ...config.settings, newTokens: parts.room.newTokens }, trainingOf(parts, config, 'method', from));
  },
};

function trainingOf({ policy, task, tokenizer, room: { promptTokens } }: RunParts, { seed }: RunConfig, phase: string, from: Tree | undefined): TokenTraining {
  return { policy, task, tokenizer, promptTokens, from, rng: Rng.fromSeed(seed).foldIn(phase) };
}
