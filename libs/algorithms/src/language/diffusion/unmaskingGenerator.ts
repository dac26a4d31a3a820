import { compile, ndarray, type NdArray, pack, type Packed, type Rng, tf, type Tree } from '@rivulet/engine';
import { type MaskedDiffusionLm, samplingLogits, type SamplingOptions, tokenLogProbs, type TransformerParameters } from '@rivulet/networks';
import type { Completion, TokenGenerator } from '../generation/tokenGenerator.js';

export interface UnmaskingGeneratorOptions {
  readonly model: MaskedDiffusionLm;
  /** The model's parameters, of the weights that `generate` gets. Default: they are the parameters. */
  readonly parameters?: (weights: Tree) => TransformerParameters;
  /** Sequences that are written side by side. */
  readonly rows: number;
  /** The most tokens of a prompt. */
  readonly promptTokens: number;
  /** T: places that are filled. A completion is what stands up to the first `eos`. */
  readonly newTokens: number;
  readonly eos: number;
  /** Passes of the model in which the places are filled, the same number of them in each pass, one more in the first ones where it does not come out even. Default: newTokens, one by one. */
  readonly steps?: number;
  /** Blocks of so many places are filled one after another, from left to right (semi-autoregressive). Divides newTokens, and their number the steps. Default: newTokens, one block. */
  readonly blockTokens?: number;
  /** Which places are filled first: where the token drawn is likeliest, or any. Default: confidence. */
  readonly order?: 'confidence' | 'random';
  readonly sampling?: SamplingOptions;
  /** Take the likeliest token instead of drawing. Default: false. */
  readonly greedy?: boolean;
  /** Run by compiled graphs; default true. */
  readonly compile?: boolean;
}

/** What stands so far: tokens int32 [B, P+T], and the log-probabilities [B, T] of those that were written. */
type Draft = { readonly tokens: NdArray | Packed<tf.Tensor>; readonly logProb: NdArray | Packed<tf.Tensor> };

// Below any log-probability, yet finite.
const NEVER = -1e30;

/**
 * Writes completions with a masked-diffusion model: all T places are hidden at first, and each pass draws a token for every hidden place and keeps some of them, the most confident first. A token
 * that stands is never changed. The confidence of a token is its probability, at temperature 1 whatever it was drawn with.
 *
 * `logProbs` of a completion are those of its tokens in the pass that wrote them, at the temperature of `sampling`, before anything was cut. With one token a pass their sum is log π of the completion in the order in which it was
 * written; with several it takes those of a pass as independent, as the draw does.
 * What is drawn follows from the stream, the prompts and their order, and the number of rows.
 *
 * Source: Nie et al., "Large language diffusion models" (LLaDA, 2025), section 2.4 and algorithm 5 (low-confidence remasking), and ML-GSAI/LLaDA.
 *
 * @throws when prompt and completion do not fit the model's context, or tokens, blocks and steps do not come out even.
 */
export function unmaskingGenerator(options: UnmaskingGeneratorOptions): TokenGenerator {
  const { model, rows, promptTokens, newTokens, eos, order = 'confidence', sampling = {}, greedy = false, compile: compiled = true } = options;
  const { maskToken } = model;
  const parametersOf = options.parameters ?? ((weights: Tree) => weights as TransformerParameters);
  const blockTokens = options.blockTokens ?? newTokens;
  const counts = revealed(options);

  /** One pass: `count` more tokens of each row, at hidden places that are `open` [T]. */
  const pass = compile(
    (draft: { readonly tokens: tf.Tensor; readonly logProb: tf.Tensor }, mask: tf.Tensor, open: tf.Tensor, weights: Tree, { rng, count }: { readonly rng: Rng; readonly count: number }) => {
      const parameters = parametersOf(weights);
      const [prompt, completion] = tf.split(draft.tokens, [promptTokens, newTokens], 1);
      const states: tf.Tensor = model.trunk.apply(parameters, { tokens: draft.tokens, mask }).slice([0, promptTokens, 0], [rows, newTokens, -1]);
      const logits = model.logits(parameters, states);
      const cut = samplingLogits(logits, sampling);
      const drawn = (greedy ? cut : cut.add(rng.gumbel(cut.shape))).argMax(-1).toInt();
      const score = order === 'random' ? rng.uniform([rows, newTokens]) : tokenLogProbs(logits, drawn);
      const hidden = completion.equal(maskToken).logicalAnd(open.expandDims(0).greater(0));
      const first = tf.topk(tf.where(hidden, score, tf.fill([rows, newTokens], NEVER)), count).indices;
      const chosen = tf.oneHot(first.toInt(), newTokens).sum(1).greater(0);
      const logProb = tokenLogProbs(samplingLogits(logits, { temperature: sampling.temperature }), drawn);
      return { tokens: tf.concat([prompt, tf.where(chosen, drawn, completion)], 1), logProb: tf.where(chosen, logProb, draft.logProb) };
    },
    { eager: !compiled },
  );

  /** Fills the places of so many prompts, block by block; blocks that follow the end of all of them stay hidden. */
  const fill = async (weights: Packed<Tree>, prompts: readonly (readonly number[])[], rng: Rng): Promise<Completion[]> => {
    const { tokens, mask } = begun(prompts, { rows, promptTokens, newTokens, maskToken });
    let draft: Draft = { tokens, logProb: ndarray('float32', [rows, newTokens]) };
    let completions: Completion[] = [];
    for (let start = 0; start < newTokens; start += blockTokens) {
      const open = ndarray('float32', [newTokens]);
      open.data.fill(1, start, start + blockTokens);
      for (const count of counts) draft = await pass(draft as Parameters<typeof pass>[0], mask, open, weights, { rng, count });
      const written = draft as { readonly tokens: Packed<tf.Tensor>; readonly logProb: Packed<tf.Tensor> };
      completions = cutAtEnd(written.tokens.toHost() as NdArray, written.logProb.toHost() as NdArray, prompts.length, eos);
      if (completions.every(({ ended }) => ended)) break;
    }
    return completions;
  };

  return {
    async generate(weights, prompts, rng) {
      const at = prompts.findIndex(({ length }) => length < 1 || length > promptTokens);
      if (at >= 0) throw new Error(`unmaskingGenerator: prompt ${at} has ${prompts[at].length} tokens, expected 1 to ${promptTokens}`);
      const packed = pack<Tree>(weights);
      const completions: Completion[] = [];
      while (completions.length < prompts.length) completions.push(...(await fill(packed, prompts.slice(completions.length, completions.length + rows), rng)));
      return completions;
    },
    dispose: () => pass.dispose(),
  };
}

/** How many places of a block each of its passes fills. */
function revealed({ model, promptTokens, newTokens, steps = newTokens, blockTokens = newTokens }: UnmaskingGeneratorOptions): number[] {
  const fail = (what: string): never => {
    throw new Error(`unmaskingGenerator: ${what}`);
  };
  if (promptTokens + newTokens > model.form.context) fail(`${promptTokens} tokens of a prompt and ${newTokens} new ones do not fit the context of ${model.form.context}`);
  if (!Number.isInteger(blockTokens) || blockTokens < 1 || newTokens % blockTokens !== 0) fail(`blockTokens should divide the ${newTokens} new tokens, got ${blockTokens}`);
  const blocks = newTokens / blockTokens;
  if (!Number.isInteger(steps) || steps < blocks || steps > newTokens || steps % blocks !== 0) fail(`steps should be a multiple of the ${blocks} blocks and at most the ${newTokens} new tokens, got ${steps}`);
  const passes = steps / blocks;
  return Array.from({ length: passes }, (_, i) => Math.floor(blockTokens / passes) + (i < blockTokens % passes ? 1 : 0));
}

/** Prompts, padded on the left, with hidden places after them. Rows without a prompt have those alone. */
function begun(
  prompts: readonly (readonly number[])[],
  { rows, promptTokens, newTokens, maskToken }: Pick<UnmaskingGeneratorOptions, 'rows' | 'promptTokens' | 'newTokens'> & { readonly maskToken: number },
): { readonly tokens: NdArray<'int32'>; readonly mask: NdArray<'float32'> } {
  const width = promptTokens + newTokens;
  const [tokens, mask] = [ndarray('int32', [rows, width]), ndarray('float32', [rows, width])];
  for (let row = 0; row < rows; row++) {
    const prompt = prompts[row] ?? [];
    const at = row * width + promptTokens;
    tokens.data.set(prompt, at - prompt.length);
    tokens.data.fill(maskToken, at, at + newTokens);
    mask.data.fill(1, at - prompt.length, at + newTokens);
  }
  return { tokens, mask };
}

/** Of the first rows, what stands up to the end token. */
function cutAtEnd(tokens: NdArray, logProb: NdArray, rows: number, eos: number): Completion[] {
  const [width, length] = [tokens.shape[1], logProb.shape[1]];
  return Array.from({ length: rows }, (_, row) => {
    const written = Array.from(tokens.data.subarray((row + 1) * width - length, (row + 1) * width));
    const end = written.indexOf(eos);
    const size = end < 0 ? length : end + 1;
    return { tokens: written.slice(0, size), logProbs: Array.from(logProb.data.subarray(row * length, row * length + size)), ended: end >= 0 };
  });
}
