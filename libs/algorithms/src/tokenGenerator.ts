import { type AnyRank, compile, disposeTree, ndarray, type NdArray, pack, type Packed, type Rng, tf, tidyTree, type Tree } from '@rivulet/engine';
import { type CausalTransformer, samplingLogits, type SamplingOptions, type TransformerCache, type TransformerParameters, writeHostCache } from '@rivulet/networks';

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
  /** Tokens between two looks for rows that are free for waiting prompts. Default: 8. */
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

/** A sequence in the making. */
interface Draft {
  readonly prompt: number;
  readonly tokens: number[];
  readonly logProbs: number[];
}

/**
 * Writes completions in batches of fixed shape with a key-value cache. Rows are independent: when a sequence is finished, the next prompt takes its row while the others go
 * on (continuous batching). Prompts are padded on the left, which positions and mask make invisible. The cache is written in place between compiled calls, one for each token.
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

  /** All tokens but the last of prompts [B, P] go into the cache, where the mask [B, P] has them. */
  const fill = compile(
    (cache: TransformerCache, prompt: tf.Tensor, mask: tf.Tensor, weights: Tree) => {
      const [tokens, real] = [prompt, mask].map((x) => x.slice([0, 0], [rows, promptTokens - 1]));
      return { addition: model.extend(parametersOf(weights), { tokens, mask: real }, cache).addition };
    },
    { eager: !compiled },
  );

  /** The next token [B] after `last` [B, 1], in the rows that are `busy` [B]. */
  const write = compile(
    (cache: TransformerCache, last: tf.Tensor, busy: tf.Tensor, weights: Tree, { rng }: { readonly rng: Rng }) => {
      const { logits: scores, addition } = model.extend(parametersOf(weights), { tokens: last, mask: busy.expandDims(1) }, cache);
      const logits = scores.reshape([rows, -1]);
      const cut = samplingLogits(logits, sampling);
      const token = (greedy ? cut : cut.add(rng.gumbel(cut.shape))).argMax(-1).toInt();
      const logProb = tf.logSoftmax(samplingLogits(logits, { temperature: sampling.temperature })).mul(tf.oneHot(token, model.form.vocab)).sum(-1);
      return { token, logProb, addition };
    },
    { eager: !compiled },
  );

  /** A cache on the host, written in place between calls: none of them copies it. */
  const emptyCache = (): Packed<AnyRank<TransformerCache>> => {
    const cache = tidyTree(() => model.initCache(rows, length));
    const packed = pack<TransformerCache>(cache);
    disposeTree(cache);
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
      const cache = emptyCache();
      const memory = cache.toHost();
      const [last, busy] = [ndarray('int32', [rows, 1]), ndarray('float32', [rows])];
      let waiting = 0;
      for (let left = prompts.length; left > 0; ) {
        const fresh = seat(drafts, prompts.length, waiting);
        waiting += fresh.length;
        if (fresh.length > 0) {
          const { tokens, mask } = prompted(fresh, drafts, prompts, promptTokens);
          for (const row of fresh) {
            memory.count.data[row] = 0;
            busy.data[row] = 1;
            last.data[row] = tokens.data[(row + 1) * promptTokens - 1];
          }
          if (promptTokens > 1) writeHostCache(memory, (await fill(cache, tokens, mask, packed)).addition.toHost());
        }
        for (let turn = 0; turn < block && busy.data.some((one) => one > 0); turn++) {
          const { token, logProb, addition } = await write(cache, last, busy, packed, { rng });
          writeHostCache(memory, addition.toHost());
          const [ids, scores] = [token.toHost() as NdArray, logProb.toHost() as NdArray];
          drafts.forEach((draft, row) => {
            last.data[row] = ids.data[row];
            if (draft === undefined) return;
            draft.tokens.push(ids.data[row]);
            draft.logProbs.push(scores.data[row]);
            const ended = ends(draft.tokens);
            if (!ended && draft.tokens.length < newTokens) return;
            completions[draft.prompt] = { tokens: draft.tokens, logProbs: draft.logProbs, ended };
            drafts[row] = undefined;
            busy.data[row] = 0;
            left--;
          });
        }
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

/** Prompts of the fresh rows, padded on the left: tokens [B, P], mask [B, P]. */
function prompted(fresh: readonly number[], drafts: readonly (Draft | undefined)[], prompts: readonly (readonly number[])[], width: number): { readonly tokens: NdArray<'int32'>; readonly mask: NdArray<'float32'> } {
  const [tokens, mask] = [ndarray('int32', [drafts.length, width]), ndarray('float32', [drafts.length, width])];
  for (const row of fresh) {
    const prompt = prompts[drafts[row]!.prompt];
    tokens.data.set(prompt, (row + 1) * width - prompt.length);
    mask.data.fill(1, (row + 1) * width - prompt.length, (row + 1) * width);
  }
  return { tokens, mask };
}
