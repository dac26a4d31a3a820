import type { TextTokenizer, TokenModel, TokenRoom } from '@rivulet/algorithms';
import type { Tree } from '@rivulet/engine';
import type { TokenTask } from '@rivulet/envs-language';
import type { CheckpointArchitecture, TransformerParameters } from '@rivulet/networks';
import { newParts } from './newParts.js';
import { pretrainedParts } from './pretrainedParts.js';
import type { RunConfig } from './runConfig.js';

/** What a run is made of, before anything is learned. */
export interface RunParts {
  /** Its problems are of the level that the config names, and fit the room. */
  readonly task: TokenTask;
  readonly tokenizer: TextTokenizer & { readonly eos: number };
  readonly room: TokenRoom;
  readonly policy: TokenModel;
  /** The weights that learning begins with; undefined where it begins with fresh ones. */
  readonly start: Tree | undefined;
  /** The parameters of the whole model, from what was trained of it; `dispose` frees what was computed for that. */
  merged(weights: Tree): { readonly parameters: TransformerParameters; dispose(): void };
  /** The architecture whose files hold such a model; undefined where there is none. */
  readonly architecture: CheckpointArchitecture | undefined;
  /** tokenizer.json and what else belongs to it, by the names of the files. */
  tokenizerFiles(): { readonly [name: string]: Uint8Array };
  /** Frees what was read from a folder. */
  dispose(): void;
}

/** @throws when the task's options, the difficulty, the model's sizes or the pretrained model do not go together. */
export function runParts(config: RunConfig): RunParts {
  return config.pretrained === 'none' ? newParts(config) : pretrainedParts(config);
}
