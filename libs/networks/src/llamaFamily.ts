import type { CheckpointConfig, CheckpointTensor } from './checkpointLayout.js';
import { type ConfigReader, configReader } from './configReader.js';
import type { TransformerForm } from './transformerForm.js';
import type { TransformerOptions } from './transformerOptions.js';

/** θ from where newer configs keep it, or older ones. */
function ropeTheta(config: CheckpointConfig): number {
  const rope = (config['rope_parameters'] ?? config['rope_scaling'] ?? {}) as CheckpointConfig;
  const kind = rope['rope_type'] ?? rope['type'] ?? 'default';
  if (kind !== 'default') throw new Error(`transformerFromCheckpoint: the config scales rotary positions by '${String(kind)}'; only the default, without scaling, is supported`);
  return configReader({ rope_theta: rope['rope_theta'] ?? config['rope_theta'] }).number('rope_theta', 10_000);
}

function optionsOf(config: CheckpointConfig, read: ConfigReader, bias: { readonly qkv: boolean; readonly output: boolean; readonly mlp: boolean }): TransformerOptions {
  read.only('hidden_act', 'silu');
  const dim = read.number('hidden_size');
  const heads = read.number('num_attention_heads');
  return {
    vocab: read.number('vocab_size'),
    dim,
    layers: read.number('num_hidden_layers'),
    heads,
    kvHeads: read.number('num_key_value_heads', heads),
    headDim: read.number('head_dim', dim / heads),
    mlpDim: read.number('intermediate_size'),
    context: read.number('max_position_embeddings'),
    positions: 'rotary',
    ropeTheta: ropeTheta(config),
    norm: 'rmsNorm',
    normEpsilon: read.number('rms_norm_eps', 1e-6),
    activation: 'swiglu',
    bias,
    tied: read.flag('tie_word_embeddings', false),
  };
}

function configOf(form: TransformerForm, name: string): CheckpointConfig {
  if (form.positions !== 'rotary' || form.norm !== 'rmsNorm' || form.activation !== 'swiglu') {
    throw new Error(`transformerToCheckpoint: ${name} has rotary positions, rmsNorm and swiglu`);
  }
  return {
    architectures: [`${name}ForCausalLM`],
    model_type: name.toLowerCase(),
    dtype: 'float32',
    vocab_size: form.vocab,
    hidden_size: form.dim,
    intermediate_size: form.mlpDim,
    num_hidden_layers: form.layers,
    num_attention_heads: form.heads,
    num_key_value_heads: form.kvHeads,
    max_position_embeddings: form.context,
    hidden_act: 'silu',
    rms_norm_eps: form.normEpsilon,
    // Where older libraries look, and where newer ones do.
    rope_theta: form.ropeTheta,
    rope_parameters: { rope_theta: form.ropeTheta, rope_type: 'default' },
    tie_word_embeddings: form.tied,
  };
}

function layerTensors({ dim, heads, kvHeads, headDim, mlpDim, bias }: TransformerForm, layer: number, prefix: string): CheckpointTensor[] {
  const norm = (name: string, path: string): CheckpointTensor => ({ name: `${prefix}layers.${layer}.${name}.weight`, shape: [dim], paths: [`layers/${layer}/${path}/scale`], transposed: false });
  const map = (name: string, from: number, to: number, biased: boolean, path: string): CheckpointTensor[] => {
    const kernel = { name: `${prefix}layers.${layer}.${name}.weight`, shape: [to, from], paths: [`layers/${layer}/${path}/kernel`], transposed: true };
    return biased ? [kernel, { name: `${prefix}layers.${layer}.${name}.bias`, shape: [to], paths: [`layers/${layer}/${path}/bias`], transposed: false }] : [kernel];
  };
  return [
    norm('input_layernorm', 'attentionNorm'),
    ...map('self_attn.q_proj', dim, heads * headDim, bias.qkv, 'attention/query'),
    ...map('self_attn.k_proj', dim, kvHeads * headDim, bias.qkv, 'attention/key'),
    ...map('self_attn.v_proj', dim, kvHeads * headDim, bias.qkv, 'attention/value'),
    ...map('self_attn.o_proj', heads * headDim, dim, bias.output, 'attention/output'),
    norm('post_attention_layernorm', 'mlpNorm'),
    ...map('mlp.gate_proj', dim, mlpDim, bias.mlp, 'mlp/gate'),
    ...map('mlp.up_proj', dim, mlpDim, bias.mlp, 'mlp/up'),
    ...map('mlp.down_proj', mlpDim, dim, bias.mlp, 'mlp/down'),
  ];
}

/** What Llama and Qwen2 share. */
export const llamaFamily = {
  optionsOf,
  configOf,
  prefix: 'model.',
  ignored: /\.rotary_emb\.inv_freq$/,
  tensors: (form: TransformerForm, prefix: string): readonly CheckpointTensor[] => [
    { name: `${prefix}embed_tokens.weight`, shape: [form.vocab, form.dim], paths: ['embedding/tokens'], transposed: false },
    ...Array.from({ length: form.layers }, (_, layer) => layerTensors(form, layer, prefix)).flat(),
    { name: `${prefix}norm.weight`, shape: [form.dim], paths: ['norm/scale'], transposed: false },
    ...(form.tied ? [] : [{ name: 'lm_head.weight', shape: [form.vocab, form.dim], paths: ['head/kernel'], transposed: true }]),
  ],
};
