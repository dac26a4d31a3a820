import { type TokenModel, type TokenRoom, wholeModel } from '@rivulet/algorithms';
import { charTokenizer, type SymbolTokenizer, type TokenTask } from '@rivulet/envs-language';
import { causalTransformer } from '@rivulet/networks';
import { fittingTask } from './fittingTask.js';
import { languageTasks } from './languageTasks.js';
import { modelConfig } from './modelConfig.js';
import { roomOf } from './roomOf.js';
import type { RunConfig } from './runConfig.js';

/** What a run is made of, before anything is learned. */
export interface RunParts {
  /** Its problems are of the level that the config names, and fit the room. */
  readonly task: TokenTask;
  readonly tokenizer: SymbolTokenizer;
  readonly room: TokenRoom;
  readonly policy: TokenModel;
}

/** @throws when the task's options, the difficulty or the model's sizes do not go together. */
export function runParts({ task: name, taskOptions, difficulty, newTokens, model }: RunConfig): RunParts {
  const all = languageTasks[name].make(taskOptions);
  const levelled = difficulty === 'all' ? all : { ...all, sample: (...[rng, options]: Parameters<TokenTask['sample']>) => all.sample(rng, { difficulty, ...options }) };
  const tokenizer = charTokenizer(levelled.alphabet);
  const needed = roomOf(levelled, tokenizer);
  const room = newTokens === 'auto' ? needed : { ...needed, newTokens };
  const form = modelConfig.parse(model);
  return {
    task: fittingTask(levelled, tokenizer, room),
    tokenizer,
    room,
    policy: wholeModel(causalTransformer({ ...form, vocab: tokenizer.vocabSize, context: room.promptTokens + room.newTokens, bias: { qkv: false, output: false, mlp: false } })),
  };
}
