import type { HostBatch, Rng, Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import { taskActor, type TaskActorOptions } from './taskActor.js';
import { tokenGenerator } from '../generation/tokenGenerator.js';
import { isMultiTurn } from '../multiTurnTask.js';
import type { TokenModel } from '../tokenPolicy.js';
import type { TokenTraining } from '../tokenTraining.js';
import { turnRoom } from '../turnRoom.js';

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
 * @throws when the tokenizer has no end token, prompt and completion do not fit the model's context, or a task of several turns has no fitting `turnTokens`.
 */
export function completionActor({ training, policy = training.policy, config, rounds, select, rng }: CompletionActorOptions): Actor<Tree, HostBatch> {
  const { task, tokenizer, promptTokens, turnTokens, problems, scorer, onTranscripts } = training;
  const { prompts, groupSize, newTokens, temperature, compile } = config;
  const { eos } = tokenizer;
  if (eos === undefined) throw new Error('completionActor: the tokenizer has no end token, so a completion could not end');
  const room = { promptTokens, newTokens, turnTokens };
  const writing = isMultiTurn(task) ? turnRoom({ task, tokenizer, room }) : { promptTokens, newTokens };
  const generator = tokenGenerator({ model: policy.model, parameters: policy.parameters, rows: prompts * groupSize, ...writing, eos, sampling: { temperature }, compile });
  return taskActor({ task, tokenizer, generator, room, prompts, groupSize, rounds, select, problems, scorer, rng, onTranscripts });
}
