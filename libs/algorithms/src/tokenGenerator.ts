import { type AnyRank, compile, compileScan, disposeTree, ndarray, type NdArray, pack, type Packed, type Rng, tf, tidyTree, type Tree } from '@rivulet/engine';
import { type CausalTransformer, samplingLogits, type SamplingOptions, type TransformerCache, type TransformerParameters } from '@rivulet/networks';

/** What a policy wrote after a prompt. */
export interface Completion {
  /** The tokens written; the last is `eos` where the policy ended by itself. */
  readonly tokens: readonly number[];
  /** log-probability of each token at the temperature it was drawn with, before anything was cut. */
  readonly logProbs: readonly number[];
  /** Whether `eos` or a stop sequence ended it, rather than the room. */
  readonly ended: boolean;
}

export interface TokenGeneratorOptions {
  readonly model: CausalTransformer;
  /** The model's parameters, of the weights that `generate` gets. Default: they are the parameters. */
  readonly parameters?: (weights: Tree) => TransformerParameters;
  /** Sequences that are written side by side. */
  readonly rows: number;
  /** The most tokens of a prompt. */
  readonly promptTokens: number;
  /** The most tokens of a completion. */
  readonly newTokens: number;
  /** Ends a sequence. */
  readonly eos: number;
  /** Token sequences that end a completion too; they stay part of it. */
  readonly stops?: readonly (readonly number[])[];
  readonly sampling?: SamplingOptions;
  /** Take the likeliest token instead of drawing. Default: false. */
  readonly greedy?: boolean;
  /** Tokens between two looks at what is finished. Default: 8. */
  readonly block?: number;
  /** Run by compiled graphs; default true. */
  readonly compile?: boolean;
}

export interface TokenGenerator {
  /**
   * One completion for each prompt.
   * @throws when a prompt is empty or too long.
   */
  generate(weights: Tree, prompts: readonly (readonly number[])[], rng: Rng): Promise<Completion[]>;
  dispose(): Promise<void>;
}

/** The sequences side by side: what they remember, the token that each goes on from [B, 1], and which of them are at work [B]. */
type Decoding = { readonly cache: TransformerCache; readonly last: tf.Tensor; readonly busy: tf.Tensor };

/** A sequence in the making. */
interface Draft {
  readonly prompt: number;
  readonly tokens: number[];
  readonly logProbs: number[];
}

/**
 * Writes completions in batches of fixed shape with a key-value cache. Rows are independent: when a sequence is finished, the next prompt takes its row while the others go
 * on (continuous batching). Prompts are padded on the left, which positions and mask make invisible. A block of tokens is one compiled loop.
 *
 * The log-probabilities are those of a forward pass over the finished sequence, up to rounding, at the temperature of `sampling`.
 * What is drawn follows from the stream, the prompts and their order, and the number of rows.
 *
 * @throws when prompt and completion do not fit the model's context.
 */
export function tokenGenerator(options: TokenGeneratorOptions): TokenGenerator {
  const { model, rows, promptTokens, newTokens, eos, stops = [], sampling = {}, greedy = false, block = 8, compile: compiled = true } = options;
  const parametersOf = options.parameters ?? ((weights: Tree) => weights as TransformerParameters);
  const length = promptTokens + newTokens;
  if (length > model.form.context) throw new Error(`tokenGenerator: ${promptTokens} tokens of a prompt and ${newTokens} new ones do not fit the context of ${model.form.context}`);

  /** Puts prompts [B, P] into the rows where `fresh` [B] is 1. All tokens but the last go into the cache. */
  const fill = compile(
    (decoding: Decoding, prompt: tf.Tensor, mask: tf.Tensor, fresh: tf.Tensor, weights: Tree) => {
      const kept = tf.sub(1, fresh);
      const cleared = { ...decoding.cache, count: decoding.cache.count.mul(kept.toInt()).toInt() };
      const [before, last] = tf.split(prompt, [promptTokens - 1, 1], 1);
      const cache = promptTokens === 1 ? cleared : model.step(parametersOf(weights), { tokens: before, mask: mask.slice([0, 0], [rows, promptTokens - 1]) }, cleared).cache;
      return { decoding: { cache, last: tf.where(fresh.expandDims(1).toBool(), last, decoding.last), busy: tf.maximum(decoding.busy, fresh) } satisfies Decoding };
    },
    { eager: !compiled },
  );

  const write = compileScan(
    ({ cache, last, busy }: Decoding, _turn: tf.Tensor, weights: Tree, { rng }: { readonly rng: Rng }) => {
      const next = model.step(parametersOf(weights), { tokens: last, mask: busy.expandDims(1) }, cache);
      const logits = next.logits.reshape([rows, -1]);
      const cut = samplingLogits(logits, sampling);
      const token = (greedy ? cut : cut.add(rng.gumbel(cut.shape))).argMax(-1).toInt();
      const logProb = tf.logSoftmax(samplingLogits(logits, { temperature: sampling.temperature })).mul(tf.oneHot(token, model.form.vocab)).sum(-1);
      // A finished row writes on unseen until another prompt takes it, but never beyond the cache.
      const goesOn = busy.mul(token.notEqual(eos).toFloat()).mul(next.cache.count.less(length).toFloat());
      return { state: { cache: next.cache, last: token.expandDims(1), busy: goesOn } satisfies Decoding, token, logProb };
    },
    { eager: !compiled, thread: 'worker' },
  );

  const turns = ndarray('float32', [block]);

  const start = (): Packed<AnyRank<Decoding>> => {
    const decoding = tidyTree((): Decoding => ({ cache: model.initCache(rows, length), last: tf.zeros([rows, 1], 'int32'), busy: tf.zeros([rows]) }));
    const packed = pack<Decoding>(decoding);
    disposeTree(decoding);
    return packed;
  };

  const check = (prompts: readonly (readonly number[])[]): void => {
    const at = prompts.findIndex(({ length: tokens }) => tokens < 1 || tokens > promptTokens);
    if (at >= 0) throw new Error(`tokenGenerator: prompt ${at} has ${prompts[at].length} tokens, expected 1 to ${promptTokens}`);
  };

  const ends = (tokens: readonly number[]): boolean => tokens[tokens.length - 1] === eos || stops.some((stop) => stop.length <= tokens.length && stop.every((token, i) => tokens[tokens.length - stop.length + i] === token));

  return {
    async generate(weights, prompts, rng) {
      check(prompts);
      const packed = pack<Tree>(weights);
      const completions: Completion[] = Array.from({ length: prompts.length });
      const drafts: (Draft | undefined)[] = Array.from({ length: rows });
      let decoding = start();
      let waiting = 0;
      let left = prompts.length;
      while (left > 0) {
        const fresh = seat(drafts, prompts.length, waiting);
        waiting += fresh.length;
        if (fresh.length > 0) decoding = (await fill(decoding, ...prompted(fresh, drafts, prompts, promptTokens), packed)).decoding;
        const { state, token, logProb } = await write(decoding, turns, packed, { rng });
        const [ids, scores] = [token.toHost() as NdArray, logProb.toHost() as NdArray];
        drafts.forEach((draft, row) => {
          for (let turn = 0; draft !== undefined && turn < block; turn++) {
            draft.tokens.push(ids.data[turn * rows + row]);
            draft.logProbs.push(scores.data[turn * rows + row]);
            const ended = ends(draft.tokens);
            if (!ended && draft.tokens.length < newTokens) continue;
            completions[draft.prompt] = { tokens: draft.tokens, logProbs: draft.logProbs, ended };
            drafts[row] = undefined;
            left--;
            break;
          }
        });
        decoding = state;
      }
      return completions;
    },
    async dispose() {
      await Promise.all([fill.dispose(), write.dispose()]);
    },
  };
}

/** Gives free rows to waiting prompts; the rows. */
function seat(drafts: (Draft | undefined)[], prompts: number, waiting: number): number[] {
  const fresh: number[] = [];
  for (let row = 0; row < drafts.length && waiting < prompts; row++) {
    if (drafts[row] !== undefined) continue;
    drafts[row] = { prompt: waiting++, tokens: [], logProbs: [] };
    fresh.push(row);
  }
  return fresh;
}

/** Prompts of the fresh rows, padded on the left: tokens [B, P], mask [B, P], fresh [B]. */
function prompted(fresh: readonly number[], drafts: readonly (Draft | undefined)[], prompts: readonly (readonly number[])[], width: number): [NdArray<'int32'>, NdArray<'float32'>, NdArray<'float32'>] {
  const rows = drafts.length;
  const [tokens, mask, marks] = [ndarray('int32', [rows, width]), ndarray('float32', [rows, width]), ndarray('float32', [rows])];
  for (const row of fresh) {
    const prompt = prompts[drafts[row]!.prompt];
    tokens.data.set(prompt, (row + 1) * width - prompt.length);
    mask.data.fill(1, (row + 1) * width - prompt.length, (row + 1) * width);
    marks.data[row] = 1;
  }
  return [tokens, mask, marks];
}
