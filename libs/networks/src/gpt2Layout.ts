import type { CheckpointLayout, CheckpointTensor } from './checkpointLayout.js';
import { configReader } from './configReader.js';
import type { TransformerForm } from './transformerForm.js';

const activations = { gelu_new: 'geluTanh', gelu: 'gelu' } as const;

function layerTensors({ dim, mlpDim }: TransformerForm, layer: number, prefix: string): CheckpointTensor[] {
  const norm = (name: string, path: string): CheckpointTensor[] => [
    { name: `${prefix}${name}.weight`, shape: [dim], paths: [`${path}/scale`], transposed: false },
    { name: `${prefix}${name}.bias`, shape: [dim], paths: [`${path}/offset`], transposed: false },
  ];
  const map = (name: string, from: number, to: number, ...paths: readonly string[]): CheckpointTensor[] => [
    { name: `${prefix}${name}.weight`, shape: [from, to], paths: paths.map((path) => `layers/${layer}/${path}/kernel`), transposed: false },
    { name: `${prefix}${name}.bias`, shape: [to], paths: paths.map((path) => `layers/${layer}/${path}/bias`), transposed: false },
  ];
  return [
    ...norm(`h.${layer}.ln_1`, `layers/${layer}/attentionNorm`),
    ...map(`h.${layer}.attn.c_attn`, dim, 3 * dim, 'attention/query', 'attention/key', 'attention/value'),
    ...map(`h.${layer}.attn.c_proj`, dim, dim, 'attention/output'),
    ...norm(`h.${layer}.ln_2`, `layers/${layer}/mlpNorm`),
    ...map(`h.${layer}.mlp.c_fc`, dim, mlpDim, 'mlp/up'),
    ...map(`h.${layer}.mlp.c_proj`, mlpDim, dim, 'mlp/down'),
  ];
}

/** GPT-2: learned positions, layer norm, GELU, biases everywhere; kernels [in, out], those of query, key and value in one. */
export const gpt2Layout: CheckpointLayout = {
  prefix: 'transformer.',
  ignored: /^(transformer\.)?h\.\d+\.attn\.(masked_)?bias$/,
  options: (config) => {
    const read = configReader(config);
    read.only('scale_attn_weights', true);
    read.only('scale_attn_by_inverse_layer_idx', false);
    read.only('add_cross_attention', false);
    const dim = read.number('n_embd');
    return {
      vocab: read.number('vocab_size'),
      dim,
      layers: read.number('n_layer'),
      heads: read.number('n_head'),
      context: read.number('n_positions'),
      mlpDim: read.number('n_inner', 4 * dim),
      normEpsilon: read.number('layer_norm_epsilon', 1e-5),
      activation: activations[read.oneOf('activation_function', ['gelu_new', 'gelu'], 'gelu_new')],
      tied: read.flag('tie_word_embeddings', true),
    };
  },
  config: (form) => {
    const { bias } = form;
    const fits = form.positions === 'learned' && form.norm === 'layerNorm' && form.activation !== 'swiglu' && bias.qkv && bias.output && bias.mlp;
    if (!fits || form.kvHeads !== form.heads || form.headDim * form.heads !== form.dim) {
      throw new Error('transformerToCheckpoint: GPT-2 has learned positions, layerNorm, gelu without a gate, all biases, and heads of dim / heads each with keys of its own');
    }
    return {
      architectures: ['GPT2LMHeadModel'],
      model_type: 'gpt2',
      dtype: 'float32',
      vocab_size: form.vocab,
      n_embd: form.dim,
      n_layer: form.layers,
      n_head: form.heads,
      n_positions: form.context,
      n_inner: form.mlpDim === 4 * form.dim ? null : form.mlpDim,
      layer_norm_epsilon: form.normEpsilon,
      activation_function: form.activation === 'geluTanh' ? 'gelu_new' : 'gelu',
      tie_word_embeddings: form.tied,
    };
  },
  tensors: (form, prefix) => [
    { name: `${prefix}wte.weight`, shape: [form.vocab, form.dim], paths: ['embedding/tokens'], transposed: false },
    { name: `${prefix}wpe.weight`, shape: [form.context, form.dim], paths: ['embedding/positions'], transposed: false },
    ...Array.from({ length: form.layers }, (_, layer) => layerTensors(form, layer, prefix)).flat(),
    { name: `${prefix}ln_f.weight`, shape: [form.dim], paths: ['norm/scale'], transposed: false },
    { name: `${prefix}ln_f.bias`, shape: [form.dim], paths: ['norm/offset'], transposed: false },
    ...(form.tied ? [] : [{ name: 'lm_head.weight', shape: [form.vocab, form.dim], paths: ['head/kernel'], transposed: true }]),
  ],
};
