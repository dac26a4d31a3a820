import { wholeModel } from '@rivulet/algorithms';
import { charTokenizer, tokenizerFiles } from '@rivulet/envs-language';
import { causalTransformer, type TransformerParameters } from '@rivulet/networks';
import { contextOf } from './contextOf.js';
import { fittingTask } from './fittingTask.js';
import { levelledTask } from './levelledTask.js';
import { loraConfig } from './loraConfig.js';
import { modelConfig } from './modelConfig.js';
import { roomOf } from './roomOf.js';
import type { RunConfig } from './runConfig.js';
import type { RunParts } from './runParts.js';

/** The parts of a run whose model starts from nothing, with a token for each character of its task. */
export function newParts(config: RunConfig): RunParts {
  if (config.chat) throw new Error('chat is true, but there is no pretrained model whose template a chat could be written by');
  if (loraConfig.parse(config.lora).rank > 0) throw new Error('lora.rank is above 0, but there is no pretrained model to adapt');
  const task = levelledTask(config);
  const tokenizer = charTokenizer(task.alphabet);
  const room = roomOf(config, task, tokenizer);
  const form = modelConfig.parse(config.model);
  const model = causalTransformer({ ...form, vocab: tokenizer.vocabSize, context: contextOf(config, room), bias: { qkv: false, output: false, mlp: false } });
  return {
    task: fittingTask(task, tokenizer, room),
    tokenizer,
    room,
    policy: wholeModel(model),
    start: undefined,
    merged: (weights) => ({ parameters: weights as TransformerParameters, dispose: () => undefined }),
    // Without biases, of the known ones only Llama is such a form.
    architecture: form.positions === 'rotary' && form.norm === 'rmsNorm' && form.activation === 'swiglu' ? 'llama' : undefined,
    tokenizerFiles() {
      const { tokenizer: json, config: settings } = tokenizerFiles(tokenizer);
      const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
      return { 'tokenizer.json': bytes(json), 'tokenizer_config.json': bytes(settings) };
    },
    dispose: () => undefined,
  };
}
