import type { CheckpointLayout } from './checkpointLayout.js';
import { configReader } from './configReader.js';
import { llamaFamily } from './llamaFamily.js';

const { configOf, ignored, optionsOf, prefix, tensors } = llamaFamily;

/** Qwen2 and Qwen2.5: as Llama, with biases of queries, keys and values alone. */
export const qwen2Layout: CheckpointLayout = {
  prefix,
  ignored,
  tensors,
  options: (config) => {
    const read = configReader(config);
    read.only('use_sliding_window', false);
    return optionsOf(config, read, { qkv: true, output: false, mlp: false });
  },
  config: (form) => {
    if (!form.bias.qkv || form.bias.output || form.bias.mlp) throw new Error('transformerToCheckpoint: Qwen2 has biases of queries, keys and values, and no others');
    return { ...configOf(form, 'Qwen2'), ...(form.headDim * form.heads === form.dim ? {} : { head_dim: form.headDim }), use_sliding_window: false };
  },
};
