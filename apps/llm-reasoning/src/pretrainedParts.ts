import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { adaptedModel, wholeModel } from '@rivulet/algorithms';
import { disposeTree, type Tree, treeLeaves } from '@rivulet/engine';
import { causalTransformer, loraAdapter, type LoraParameters, type TransformerParameters } from '@rivulet/networks';
import { chatTask } from './chatTask.js';
import { contextOf } from './contextOf.js';
import { fittingTask } from './fittingTask.js';
import { levelledTask } from './levelledTask.js';
import { loraConfig } from './loraConfig.js';
import { type PretrainedModel, pretrainedModel } from './pretrainedModel.js';
import { roomOf } from './roomOf.js';
import type { RunConfig } from './runConfig.js';
import type { RunParts } from './runParts.js';

/** The parts of a run that begins with a published model: all of it is trained, or low-rank adapters. */
export function pretrainedParts(config: RunConfig): RunParts {
  const pretrained = pretrainedModel(config.pretrained);
  try {
    return partsOf(config, pretrained);
  } catch (error) {
    disposeTree(pretrained.parameters as Tree);
    throw error;
  }
}

function partsOf(config: RunConfig, { architecture, options, parameters, tokenizer, template }: PretrainedModel): RunParts {
  if (config.chat && template === undefined) throw new Error(`chat is true, but the model in ${config.pretrained} has no chat template`);
  const plain = levelledTask(config);
  const task = config.chat ? chatTask(plain, template!, config.system) : plain;
  const room = roomOf(config, task, tokenizer);
  const { promptTokens, newTokens } = room;
  if (contextOf(config, room) > options.context) throw new Error(`prompts of ${promptTokens} tokens and ${newTokens} new ones${config.reward === 'model' ? ', and the place of their score,' : ''} do not fit the model's context of ${options.context}: give fewer newTokens`);
  const { rank, alpha, targets } = loraConfig.parse(config.lora);
  const model = causalTransformer(options);
  const adapter = rank === 0 ? undefined : loraAdapter({ rank, alpha, targets });
  return {
    task: fittingTask(task, tokenizer, room),
    tokenizer,
    room,
    policy: adapter === undefined ? wholeModel(model) : adaptedModel(model, parameters, adapter),
    start: adapter === undefined ? (parameters as Tree) : undefined,
    merged(weights) {
      if (adapter === undefined) return { parameters: weights as TransformerParameters, dispose: () => undefined };
      const merged = adapter.merge(parameters, weights as LoraParameters);
      const kept = new Set(treeLeaves(parameters).map(({ tensor }) => tensor));
      return { parameters: merged, dispose: () => disposeTree(treeLeaves(merged).map(({ tensor }) => tensor).filter((tensor) => !kept.has(tensor))) };
    },
    architecture,
    tokenizerFiles: () => textFiles(config.pretrained),
    dispose: () => disposeTree(parameters as Tree),
  };
}

/** What of a model's folder is about texts. */
function textFiles(folder: string): { readonly [name: string]: Uint8Array } {
  const names = ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja', 'special_tokens_map.json', 'generation_config.json'];
  return Object.fromEntries(names.filter((name) => existsSync(join(folder, name))).map((name) => [name, readFileSync(join(folder, name))]));
}
