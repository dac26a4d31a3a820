import type { HostBatch, Rng, Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import { taskActor, type TaskActorOptions } from './taskActor.js';
import { tokenGenerator } from '../generation/tokenGenerator.js';
import type { TokenModel } from '../tokenPolicy.js';
import type { TokenTraining } from '../tokenTraining.js';

export interface CompletionActorOptions extends Pick<TaskActorOptions, 'rounds' | 'select'> {
  readonly training: TokenTraining;
  /** Who writes. Default: the policy of `training`. */
  readonly policy?: TokenModel;
  readonly config: { readonly prompts: number; readonly groupSize: number; readonly newTokens: number; readonly temperature: number; readonly compile: boolean };
  readonly rng: Rng;
}

/**
 * The actor of a policy that is trained: a {@link taskActor} whose {@link tokenGenerator} writes all completions of a round side by side.
 *
 * @throws when the tokenizer has no end token, or prompt and completion do not fit the model's context.
 */
export function completionActor({ training, policy = training.policy, config, rounds, select, rng }: CompletionActorOptions): Actor<Tree, HostBatch> {
  const { task, tokenizer, promptTokens, problems, scorer, onTranscripts } = training;
  const { prompts, groupSize, newTokens, temperature, compile } = config;
  const { eos } = tokenizer;
  if (eos === undefined) throw new Error('completionActor: the tokenizer has no end token, so a completion could not end');
  const generator = tokenGenerator({ model: policy.model, parameters: policy.parameters, rows: prompts * groupSize, promptTokens, newTokens, eos, sampling: { temperature }, compile });
  return taskActor({ task, tokenizer, generator, room: { promptTokens, newTokens }, prompts, groupSize, rounds, select, problems, scorer, rng, onTranscripts });
}
