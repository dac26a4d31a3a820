import { type ActorAndLearner, rewardModelling, type Scorer, supervised, tokenGenerator, type TokenTraining } from '@rivulet/algorithms';
import { disposeTree, Rng, type Tree } from '@rivulet/engine';
import { languageMethod } from './languageMethods.js';
import { rewardModelConfig } from './rewardModelConfig.js';
import type { RunConfig } from './runConfig.js';
import type { RunParts } from './runParts.js';
import { warmStartConfig } from './warmStartConfig.js';
import { withFreshHead } from './withFreshHead.js';

/** Actor and learner of each phase of a run. */
export const phaseParts = {
  warmStart(parts: RunParts, config: RunConfig): ActorAndLearner<Tree> {
    const { until: _until, rounds: _rounds, evaluateEvery: _every, ...settings } = warmStartConfig.parse(config.warmStart);
    return supervised({ ...settings, compile: compiled(config), newTokens: parts.room.newTokens }, trainingOf(parts, config, 'warmStart', parts.start));
  },

  /** @param writer the weights of the policy whose completions are compared; freed with the actor. The reward model starts from them, too. */
  rewardModel(parts: RunParts, config: RunConfig, writer: Tree): ActorAndLearner<Tree> {
    const { rounds: _rounds, verifierWeight: _weight, ...settings } = rewardModelConfig.parse(config.rewardModel);
    const { policy, room, tokenizer } = parts;
    const compile = compiled(config);
    const generator = tokenGenerator({ model: policy.model, parameters: policy.parameters, ...room, rows: settings.prompts * settings.groupSize, eos: tokenizer.eos, compile });
    const training = trainingOf(parts, config, 'rewardModel', writer);
    const { actor, learner } = withFreshHead(training, (from) => rewardModelling({ ...settings, compile, newTokens: room.newTokens }, { ...training, from, writer: { generator, weights: writer } }));
    const dispose = (): void => {
      actor.dispose();
      disposeTree(writer);
    };
    return { actor: { ...actor, dispose }, learner };
  },

  /**
   * @param from the policy's weights; those of the parts, or fresh ones, unless given.
   * @param scorer gives the rewards, and is freed with the actor; the verifier unless given.
   * @throws when the method cannot learn from the rewards of a reward model, and is to.
   */
  method(parts: RunParts, config: RunConfig, from: Tree | undefined = parts.start, scorer?: Scorer): ActorAndLearner<Tree> {
    if (config.reward === 'model' && config.settings['weight'] === 'reward') {
      throw new Error("the method weighs completions by their reward, and the scores of a reward model fall below 0: give weight 'none', and keep 'best', or another method");
    }
    return languageMethod(config.method).make({ ...config.settings, newTokens: parts.room.newTokens }, { ...trainingOf(parts, config, 'method', from), scorer });
  },
};

const compiled = ({ settings }: RunConfig): boolean => settings['compile'] !== false;

function trainingOf({ policy, task, tokenizer, room: { promptTokens } }: RunParts, { seed }: RunConfig, phase: string, from: Tree | undefined): TokenTraining {
  return { policy, task, tokenizer, promptTokens, from, rng: Rng.fromSeed(seed).foldIn(phase) };
}
