import type { CheckpointLayout } from './checkpointLayout.js';
import { configReader } from './configReader.js';
import { llamaFamily } from './llamaFamily.js';

const { configOf, ignored, optionsOf, prefix, tensors } = llamaFamily;

/** Llama: rotary positions, RMSNorm, SwiGLU, grouped queries; biases only where the config says so. Kernels [out, in]. */
export const llamaLayout: CheckpointLayout = {
  prefix,
  ignored,
  tensors,
  options: (config) => {
    const read = configReader(config);
    const attention = read.flag('attention_bias', false);
    return optionsOf(config, read, { qkv: attention, output: attention, mlp: read.flag('mlp_bias', false) });
  },
  config: (form) => {
    if (form.bias.qkv !== form.bias.output) throw new Error('transformerToCheckpoint: Llama has biases of queries, keys and values where it has those of the output, and else none');
    return { ...configOf(form, 'Llama'), head_dim: form.headDim, attention_bias: form.bias.qkv, mlp_bias: form.bias.mlp };
  },
};
