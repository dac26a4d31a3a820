import { type AnyRank, compile, ndarray, type NdArray, pack, type Packed, type Rng, tf, type Tree } from '@rivulet/engine';
import { type CausalTransformer, samplingLogits, type SamplingOptions, type TransformerCache, type TransformerParameters } from '@rivulet/networks';
import { type TokenCache, tokenCache } from './tokenCache.js';

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
  /** The number of its prompt. */
  readonly index: number;
  readonly prompt: readonly number[];
  readonly tokens: number[];
  readonly logProbs: number[];
}

// Fewer rows, and fewer tokens of a cache, are not worth a form of their own.
const LEAST_ROWS = 8;
const LEAST_WIDTH = 32;

/**
 * Writes completions in batches with a key-value cache. Rows are independent: when sequences are finished, the next prompts take their rows while the others go on (continuous
 * batching). The cache is written in place between compiled calls, one for each token; its memory is kept until `dispose`. Calls are made for all rows or for three quarters, a half, a
 * quarter or an eighth of them, and likewise for a part of the cache, the least that holds what is busy: each such form is compiled when it is first needed. A prompt that stands in several
 * rows is read once. Prompts are padded on the left, which positions and mask make invisible.
 *
 * A token is drawn on the host, from the probabilities of its row and one random number. The log-probabilities are those of a forward pass over the finished sequence, up to rounding, at the
 * temperature of `sampling`. What is drawn follows from the stream, the prompts and their order, the number of rows and the block.
 *
 * @throws when prompt and completion do not fit the model's context.
 */
export function tokenGenerator(options: TokenGeneratorOptions): TokenGenerator {
  const { model, rows, promptTokens, newTokens, eos, stops = [], sampling = {}, greedy = false, block = 8, compile: compiled = true } = options;
  const parametersOf = options.parameters ?? ((weights: Tree) => weights as TransformerParameters);
  const { context, vocab } = model.form;
  const length = promptTokens + newTokens;
  if (length > context) throw new Error(`tokenGenerator: ${promptTokens} tokens of a prompt and ${newTokens} new ones do not fit the context of ${context}`);
  const cuts = [sampling.topK, sampling.topP, sampling.minP].some((cut) => cut !== undefined);

  /** The parameters, once for all tokens. */
  const prepare = compile((weights: Tree) => ({ parameters: parametersOf(weights) }), { eager: !compiled });

  /** What the tokens [D, P-1] of prompts add to empty rows, where the mask has them. */
  const fill = compile((tokens: tf.Tensor, mask: tf.Tensor, parameters: TransformerParameters) => ({ addition: model.extend(parameters, { tokens, mask }).addition }), { eager: !compiled });

  /** After `last` [B, 1], in the rows that are `busy` [B]: the probabilities [B, V] of the next token, those that it is drawn with where they differ, or the likeliest [B]. */
  const write = compile(
    (cache: TransformerCache, last: tf.Tensor, busy: tf.Tensor, parameters: TransformerParameters) => {
      const { logits: scores, addition } = model.extend(parameters, { tokens: last, mask: busy.expandDims(1) }, cache);
      const logits = scores.reshape([-1, vocab]);
      const probability = tf.softmax(samplingLogits(logits, { temperature: sampling.temperature }));
      const weight = cuts && !greedy ? tf.softmax(samplingLogits(logits, sampling)) : undefined;
      return { probability, weight, best: greedy ? logits.argMax(-1).toInt() : undefined, addition };
    },
    { eager: !compiled },
  );

  const check = (prompts: readonly (readonly number[])[]): void => {
    const at = prompts.findIndex(({ length: tokens }) => tokens < 1 || tokens > promptTokens);
    if (at >= 0) throw new Error(`tokenGenerator: prompt ${at} has ${prompts[at].length} tokens, expected 1 to ${promptTokens}`);
  };

  const ends = (tokens: readonly number[]): boolean => tokens[tokens.length - 1] === eos || stops.some((stop) => stop.length <= tokens.length && stop.every((token, i) => tokens[tokens.length - stop.length + i] === token));

  /** Takes a token up; the completion, if it is the last. */
  const takeUp = ({ tokens, logProbs }: Draft, { token, logProb }: Drawn): Completion | undefined => {
    tokens.push(token);
    logProbs.push(logProb);
    const ended = ends(tokens);
    return ended || tokens.length === newTokens ? { tokens, logProbs, ended } : undefined;
  };

  /** Reads the prompts from row `first` on into the cache, all but their last tokens. */
  const read = async (cache: TokenCache, drafts: readonly Draft[], first: number, parameters: Packed<AnyRank<TransformerParameters>>): Promise<void> => {
    const { prompts, from } = distinct(drafts, first, cache.count.length);
    if (prompts.length === 0) return;
    const { tokens, mask } = padded(prompts, fitting(prompts.length, rows, LEAST_ROWS), promptTokens - 1);
    cache.write((await fill(tokens, mask, parameters)).addition.toHost(), from);
  };

  /** Draws one more token for any row that is busy. */
  const advance = async (cache: TokenCache, { last, busy }: Turn, parameters: Packed<AnyRank<TransformerParameters>>, rng: Rng): Promise<(row: number) => Drawn> => {
    const { probability, weight, best, addition } = await write(cache.packed, last, busy, parameters);
    cache.write(addition.toHost());
    const shares = dataOf(probability);
    const weights = cuts && !greedy ? dataOf(weight) : shares;
    const likeliest = greedy ? dataOf(best) : undefined;
    return (row) => {
      if (Number.isNaN(shares[row * vocab])) throw new Error('tokenGenerator: the logits are not numbers; the weights have diverged');
      const token = likeliest?.[row] ?? rng.nextCategorical(weights.subarray(row * vocab, (row + 1) * vocab));
      return { token, logProb: Math.log(shares[row * vocab + token]) };
    };
  };

  // The cache of the last call, for its memory.
  let spare: TokenCache | undefined;

  return {
    async generate(weights, prompts, rng) {
      check(prompts);
      const { parameters } = await prepare(pack<Tree>(weights));
      const completions: Completion[] = Array.from({ length: prompts.length });
      const cache = spare ?? tokenCache(model.form, rows, length);
      spare = undefined;
      let drafts: Draft[] = [];
      for (let next = 0; ; ) {
        const kept = closedRanks(drafts.map(({ index }) => completions[index] === undefined));
        const fresh = prompts.slice(next, next + rows - kept.length).map((prompt, i): Draft => ({ index: next + i, prompt, tokens: [], logProbs: [] }));
        next += fresh.length;
        drafts = [...kept.map((row) => drafts[row]), ...fresh];
        if (drafts.length === 0) break;
        // The last token of a row is not in the cache yet.
        const longest = drafts.reduce((most, { prompt, tokens }) => Math.max(most, prompt.length + tokens.length - 1), 0);
        cache.reform(fitting(drafts.length, rows, LEAST_ROWS), fitting(Math.min(longest + block, length), length, LEAST_WIDTH), kept);
        await read(cache, drafts, kept.length, parameters);
        const turn = turnOf(drafts, cache.count.length);
        for (let i = 0; i < block && turn.busy.data.some((one) => one > 0); i++) {
          const drawn = await advance(cache, turn, parameters, rng);
          drafts.forEach((draft, row) => {
            if (completions[draft.index] !== undefined) return;
            const one = drawn(row);
            turn.last.data[row] = one.token;
            const completion = takeUp(draft, one);
            if (completion === undefined) return;
            completions[draft.index] = completion;
            turn.busy.data[row] = 0;
          });
        }
      }
      spare = cache;
      return completions;
    },
    async dispose() {
      spare = undefined;
      await Promise.all([prepare.dispose(), fill.dispose(), write.dispose()]);
    },
  };
}

/** What the rows go on from: their last tokens int32 [B, 1], and 1 in `busy` [B] where they do. */
interface Turn {
  readonly last: NdArray<'int32'>;
  readonly busy: NdArray<'float32'>;
}

interface Drawn {
  readonly token: number;
  readonly logProb: number;
}

const dataOf = (packed: Packed<tf.Tensor>): Float32Array => (packed.toHost() as NdArray<'float32'>).data;

/** The smallest of an eighth, a quarter, a half, three quarters and all of size that holds `need` and is not below `least`. */
function fitting(need: number, size: number, least: number): number {
  const parts = [1 / 8, 1 / 4, 1 / 2, 3 / 4].map((part) => Math.ceil(size * part));
  return parts.find((part) => part >= need && part >= least) ?? size;
}

/** The rows that stay: what stands at the end fills the gaps. */
function closedRanks(open: readonly boolean[]): number[] {
  const count = open.filter(Boolean).length;
  const behind = open.flatMap((stays, row) => (stays && row >= count ? [row] : []));
  return Array.from({ length: count }, (_, row) => (open[row] ? row : behind.pop()!));
}

/** The different prompts of more than one token among the drafts from row `first` on, and for each row which of them it has, or -1. */
function distinct(drafts: readonly Draft[], first: number, rows: number): { readonly prompts: readonly (readonly number[])[]; readonly from: readonly number[] } {
  const numbers = new Map<string, number>();
  const prompts: (readonly number[])[] = [];
  const from = Array.from({ length: rows }, (_, row) => {
    if (row < first || row >= drafts.length || drafts[row].prompt.length === 1) return -1;
    const key = drafts[row].prompt.join();
    if (!numbers.has(key)) numbers.set(key, prompts.push(drafts[row].prompt) - 1);
    return numbers.get(key)!;
  });
  return { prompts, from };
}

/** Prompts without their last tokens, padded on the left: tokens [count, width], mask [count, width]. */
function padded(prompts: readonly (readonly number[])[], count: number, width: number): { readonly tokens: NdArray<'int32'>; readonly mask: NdArray<'float32'> } {
  const [tokens, mask] = [ndarray('int32', [count, width]), ndarray('float32', [count, width])];
  prompts.forEach((prompt, row) => {
    const start = (row + 1) * width - prompt.length + 1;
    tokens.data.set(prompt.slice(0, -1), start);
    mask.data.fill(1, start, (row + 1) * width);
  });
  return { tokens, mask };
}

function turnOf(drafts: readonly Draft[], rows: number): Turn {
  const [last, busy] = [ndarray('int32', [rows, 1]), ndarray('float32', [rows])];
  drafts.forEach(({ prompt, tokens }, row) => {
    last.data[row] = tokens[tokens.length - 1] ?? prompt[prompt.length - 1];
    busy.data[row] = 1;
  });
  return { last, busy };
}
