import { type Rng, tf, tidyTree } from '@rivulet/engine';
import { asFloat } from './asFloat.js';
import { feedForward, type FeedForwardParameters } from './feedForward.js';
import type { Initializer } from './initializer.js';
import { layerNorm, type LayerNormParameters } from './layerNorm.js';
import type { Module } from './module.js';
import { parameter } from './parameter.js';
import { projection, type ProjectionParameters } from './projection.js';
import { rmsNorm, type RmsNormParameters } from './rmsNorm.js';
import { type Angles, rotary } from './rotary.js';
import { type AttentionHeads, type AttentionParameters, selfAttention, type Stretch } from './selfAttention.js';
import { transformerForm, type TransformerForm } from './transformerForm.js';
import type { TransformerOptions } from './transformerOptions.js';
import { truncatedNormal } from './truncatedNormal.js';
import { writeCache } from './writeCache.js';

export type NormParameters = LayerNormParameters | RmsNormParameters;

export type TransformerLayerParameters = {
  readonly attentionNorm: NormParameters;
  readonly attention: AttentionParameters;
  readonly mlpNorm: NormParameters;
  readonly mlp: FeedForwardParameters;
};

/** tokens [V, D] and, where they are learned, positions [context, D]. */
export type TransformerEmbedding = { readonly tokens: tf.Tensor } | { readonly tokens: tf.Tensor; readonly positions: tf.Tensor };

type TiedParameters = { readonly embedding: TransformerEmbedding; readonly layers: readonly TransformerLayerParameters[]; readonly norm: NormParameters };

/** Embeddings, layers, the last norm and, where the logits are not tied to the embeddings, the head's kernel [D, V]. */
export type TransformerParameters = TiedParameters | (TiedParameters & { readonly head: ProjectionParameters });

/** What a {@link causalTransformer} reads. */
export type TransformerInput = {
  /** int32 [B, T], each in 0 .. V-1. */
  readonly tokens: tf.Tensor;
  /** [B, T], 1 where a token is real, 0 where it is padding, on whichever side. Default: all are real. */
  readonly mask?: tf.Tensor;
};

/** What a {@link causalTransformer} returns. Numbers at padded tokens mean nothing, but are finite. */
export type TransformerOutput = {
  /** Scores [B, T, V] of the tokens that follow: the t-th scores what comes after token t. */
  readonly logits: tf.Tensor;
  /** [B, T, D], after the last norm: what heads read. */
  readonly hidden: tf.Tensor;
};

/**
 * The keys and values of the tokens so far, of fixed shape. Slot s of a row holds its token at position s, whatever padding came between, so rows of
 * different lengths go on side by side; setting a row's count to 0 frees it for another sequence.
 */
export type TransformerCache = {
  /** key and value of each layer, [B, kvHeads, length, headDim]. */
  readonly layers: readonly { readonly key: tf.Tensor; readonly value: tf.Tensor }[];
  /** int32 [B], the real tokens of each row so far. */
  readonly count: tf.Tensor;
};

/** What new tokens add to a cache. */
export type TransformerAddition = {
  /** key and value of each layer, [B, kvHeads, t, headDim]. */
  readonly layers: readonly { readonly key: tf.Tensor; readonly value: tf.Tensor }[];
  /** int32 [B, t], the slot where each belongs; -1 for padding. */
  readonly slots: tf.Tensor;
  /** int32 [B], the real tokens of each row, these included. */
  readonly count: tf.Tensor;
};

/** {@link TransformerOutput} of the new tokens, and what they add to the cache. */
export type TransformerExtension = { readonly logits: tf.Tensor; readonly hidden: tf.Tensor; readonly addition: TransformerAddition };

/** {@link TransformerOutput} of the new tokens, and the cache that holds them too. */
export type TransformerStep = { readonly logits: tf.Tensor; readonly hidden: tf.Tensor; readonly cache: TransformerCache };

/** A module over token sequences, with the parts that heads and generation use. */
export interface CausalTransformer extends Module<TransformerInput, TransformerOutput, TransformerParameters> {
  readonly form: TransformerForm;
  /** The same parameters, to the hidden states [B, T, D] alone: the body of value and reward models. */
  readonly trunk: Module<TransformerInput, tf.Tensor, TransformerParameters>;
  /** Hidden states [..., D] to logits [..., V]; for instance of the last token only. */
  logits(parameters: TransformerParameters, hidden: tf.Tensor): tf.Tensor;
  /** An empty cache with room for `length` real tokens in each row. Default: the context. */
  initCache(batch: number, length?: number): TransformerCache;
  /**
   * Goes on from a cache by t ≥ 1 tokens [B, t] at once: the prompt first, then token by token. The same logits as a forward pass over all tokens so far, up to rounding.
   * Tokens that the mask leaves out are not stored. Shapes stay the same from call to call, so a compiled step has one form. The caller keeps count: a token beyond the
   * cache's length has no position, which is an error when the positions are looked up (cpu, compiled).
   */
  step(parameters: TransformerParameters, input: TransformerInput, cache: TransformerCache): TransformerStep;
  /**
   * {@link step} without a new cache: what the tokens add is left to `writeCache` or, in place on the host, to `writeHostCache`. A compiled step then returns some rows, and not
   * the whole cache. Without any cache the tokens are the first of their rows.
   */
  extend(parameters: TransformerParameters, input: TransformerInput, cache?: TransformerCache): TransformerExtension;
}

// Far below any score, yet finite: a row that may look nowhere (padding) stays finite too.
const HIDDEN = -1e9;

/** 0 where it may look, HIDDEN where not. */
function biasOf(visible: tf.Tensor): tf.Tensor {
  return tf.sub(1, tf.cast(visible, 'float32')).mul(HIDDEN);
}

/** Which tokens the tokens of one pass may see: [1, 1, T, T], or with a mask [B, 1, T, T]. */
function visibleTo(length: number, causal: boolean, mask: tf.Tensor | undefined): tf.Tensor {
  const index = tf.range(0, length);
  const before = causal ? index.expandDims(1).greaterEqual(index.expandDims(0)) : tf.ones([length, length], 'bool');
  const shown = before.reshape([1, 1, length, length]);
  return mask === undefined ? shown : shown.logicalAnd(mask.greater(0).reshape([mask.shape[0], 1, 1, length]));
}

/** What a cache holds for each layer: the slots that are filled may be seen. */
function storedIn({ layers, count }: TransformerCache): (layer: number) => Stretch {
  const length = layers[0].key.shape[2] as number;
  const bias = biasOf(tf.range(0, length, 1, 'int32').less(count.expandDims(1))).reshape([-1, 1, 1, length]);
  return (layer) => ({ ...layers[layer], bias });
}

/** Positions [B, t] of tokens after `count` others: real tokens are counted, padding is not. */
function positionsOf(mask: tf.Tensor, count: tf.Tensor | undefined): tf.Tensor {
  const within = mask.cumsum(1).sub(1);
  const absolute = count === undefined ? within : within.add(asFloat(count).expandDims(1));
  return tf.cast(absolute.maximum(0), 'int32');
}

/**
 * A decoder-only transformer: a language model over tokens, or with `attention: 'full'` a denoiser that sees both sides. Layer by layer
 * x ← x + attention(norm x), x ← x + mlp(norm x); then a last norm, and logits by the table of tokens or a kernel of their own.
 *
 * Padding, left or right, is named by the mask: padded tokens are seen by no other, and positions count real tokens only, so that a padded sequence gives the numbers of
 * the unpadded one. Kernels start from `truncatedNormal(0.02)`, those that write into the residual stream divided by √(2·layers), biases from 0.
 *
 * Source: Radford et al., "Language models are unsupervised multitask learners" (2019); Touvron et al., "LLaMA" (2023); Qwen team, "Qwen2" (2024).
 *
 * @throws for sizes that do not fit; `apply` where tokens are not [B, T] with T at most the context, or the mask has another shape; `initCache`, `step` and `extend` where
 * the attention is full.
 */
export function causalTransformer(options: TransformerOptions): CausalTransformer {
  const form = transformerForm(options);
  const { dim, context } = form;
  const start = truncatedNormal(0.02);
  const outputInit: Initializer = truncatedNormal(0.02 / Math.sqrt(2 * form.layers));
  const rotation = form.positions === 'rotary' ? rotary({ headDim: form.headDim, theta: form.ropeTheta }) : undefined;
  const attention = selfAttention(form, rotation, outputInit);
  const mlp = feedForward(form, outputInit);
  const head = projection({ in: dim, out: form.vocab, bias: false });
  const norm = (form.norm === 'layerNorm' ? layerNorm(dim, form.normEpsilon) : rmsNorm(dim, form.normEpsilon)) as Module<tf.Tensor, tf.Tensor, NormParameters>;

  const initLayer = (rng: Rng): TransformerLayerParameters => ({ attentionNorm: norm.init(rng), attention: attention.init(rng), mlpNorm: norm.init(rng), mlp: mlp.init(rng) });

  const init = (rng: Rng): TransformerParameters => {
    const tokens = parameter(rng, start, [form.vocab, dim]);
    const embedding = form.positions === 'learned' ? { tokens, positions: parameter(rng, start, [context, dim]) } : { tokens };
    const body = { embedding, layers: Array.from({ length: form.layers }, () => initLayer(rng)), norm: norm.init(rng) };
    return form.tied ? body : { ...body, head: head.init(rng) };
  };

  const check = ({ tokens, mask }: TransformerInput): void => {
    if (tokens.rank !== 2) throw new Error(`causalTransformer: tokens should be [B, T], got [${tokens.shape.join(', ')}]`);
    if ((tokens.shape[1] as number) > context) throw new Error(`causalTransformer: ${tokens.shape[1]} tokens are more than the context of ${context}`);
    if (mask !== undefined && mask.shape.join() !== tokens.shape.join()) {
      throw new Error(`causalTransformer: the mask [${mask.shape.join(', ')}] should have the shape of the tokens [${tokens.shape.join(', ')}]`);
    }
  };

  /** Tokens, with positions [B, T] below `length` or without them in order from 0: [B, T, D]. */
  const embed = ({ embedding }: TransformerParameters, tokens: tf.Tensor, length: number, positions: tf.Tensor | undefined): tf.Tensor => {
    const x = tf.gather(embedding.tokens, tf.cast(tokens, 'int32'));
    if (!('positions' in embedding)) return x;
    const table = embedding.positions.slice([0, 0], [length, dim]);
    return x.add(positions === undefined ? table : tf.gather(table, positions));
  };

  /** Layer by layer over new tokens [B, T]; `stretches` says what their queries look at, given the layer's own keys and values. */
  const through = (
    parameters: TransformerParameters,
    x: tf.Tensor,
    angles: Angles | undefined,
    stretches: (layer: number, own: AttentionHeads) => readonly Stretch[],
  ): tf.Tensor => {
    const last = parameters.layers.reduce((state, layer, i) => {
      const own = attention.heads(layer.attention, norm.apply(layer.attentionNorm, state), angles);
      const seen = state.add(attention.mix(layer.attention, own.query, ...stretches(i, own)));
      return seen.add(mlp.apply(layer.mlp, norm.apply(layer.mlpNorm, seen)));
    }, x);
    return norm.apply(parameters.norm, last);
  };

  const hidden = (parameters: TransformerParameters, input: TransformerInput): tf.Tensor =>
    tf.tidy(() => {
      check(input);
      const length = input.tokens.shape[1] as number;
      const mask = input.mask === undefined ? undefined : asFloat(input.mask);
      const positions = mask === undefined ? undefined : positionsOf(mask, undefined);
      const bias = biasOf(visibleTo(length, form.attention === 'causal', mask));
      return through(parameters, embed(parameters, input.tokens, length, positions), rotation?.angles(length, positions), (_, { key, value }) => [{ key, value, bias }]);
    });

  const logits = (parameters: TransformerParameters, states: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      if ('head' in parameters) return head.apply(parameters.head, states);
      const products = tf.matMul(states.reshape([-1, dim]), parameters.embedding.tokens, false, true);
      return products.reshape([...states.shape.slice(0, -1), form.vocab]);
    });

  const refuseFull = (): void => {
    if (form.attention === 'full') throw new Error('causalTransformer: a cache needs causal attention, this one is full');
  };

  const initCache = (batch: number, length = context): TransformerCache => {
    refuseFull();
    if (length > context) throw new Error(`causalTransformer: a cache of ${length} tokens is longer than the context of ${context}`);
    const empty = (): tf.Tensor => tf.zeros([batch, form.kvHeads, length, form.headDim]);
    return { layers: Array.from({ length: form.layers }, () => ({ key: empty(), value: empty() })), count: tf.zeros([batch], 'int32') };
  };

  const extend = (parameters: TransformerParameters, input: TransformerInput, cache?: TransformerCache): TransformerExtension =>
    tidyTree(() => {
      refuseFull();
      check(input);
      const { tokens } = input;
      const [batch, fresh] = tokens.shape as [number, number];
      const length = cache === undefined ? fresh : (cache.layers[0].key.shape[2] as number);
      const mask = input.mask === undefined ? tf.ones(tokens.shape) : asFloat(input.mask);
      const positions = positionsOf(mask, cache?.count);
      const own = biasOf(visibleTo(fresh, true, input.mask === undefined ? undefined : mask));
      const before = cache === undefined ? undefined : storedIn(cache);
      const layers: { key: tf.Tensor; value: tf.Tensor }[] = [];
      const states = through(parameters, embed(parameters, tokens, length, positions), rotation?.angles(length, positions), (layer, { key, value }) => {
        layers.push({ key, value });
        return [...(before === undefined ? [] : [before(layer)]), { key, value, bias: own }];
      });
      const slots = tf.where(mask.greater(0), positions, tf.fill(positions.shape, -1, 'int32'));
      const count = (cache?.count ?? tf.zeros([batch], 'int32')).add(tf.cast(mask.sum(1), 'int32'));
      return { logits: logits(parameters, states), hidden: states, addition: { layers, slots, count } };
    });

  return {
    form,
    init,
    trunk: { init, apply: hidden },
    logits,
    initCache,
    extend,
    step: (parameters, input, cache) =>
      tidyTree(() => {
        const { addition, ...output } = extend(parameters, input, cache);
        return { ...output, cache: writeCache(cache, addition) };
      }),
    apply: (parameters, input) =>
      tidyTree(() => {
        const states = hidden(parameters, input);
        return { logits: logits(parameters, states), hidden: states };
      }),
  };
}
