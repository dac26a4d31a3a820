import { Rng, tensorCount, tf, tidyTree, type Tree, treeMap } from '@rivulet/engine';
import { type MaskedDiffusionLm, maskedDiffusionLm, tokenLogProbs, type TransformerParameters } from '@rivulet/networks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TokenGenerator } from '../generation/tokenGenerator.js';
import { unmaskingGenerator, type UnmaskingGeneratorOptions } from './unmaskingGenerator.js';

const EOS = 0;
const VOCAB = 7;
const model = maskedDiffusionLm({ vocab: VOCAB, dim: 16, layers: 2, heads: 2, context: 24 });
const M = model.maskToken;
let parameters: TransformerParameters;
const made: TokenGenerator[] = [];

beforeAll(async () => {
  await tf.setBackend('cpu');
  // Scaled up: a fresh model would be nearly uniform.
  parameters = lively(model, 3);
});

afterAll(() => Promise.all(made.map((generator) => generator.dispose())));

function lively(one: MaskedDiffusionLm, seed: number): TransformerParameters {
  return tidyTree(() => treeMap((leaf) => (leaf.rank === 2 ? leaf.mul(8) : leaf.clone()), one.init(Rng.fromSeed(seed)) as Tree) as object) as TransformerParameters;
}

const generator = (options: Partial<UnmaskingGeneratorOptions> = {}): TokenGenerator => {
  const one = unmaskingGenerator({ model, rows: 3, promptTokens: 6, newTokens: 8, eos: EOS, ...options });
  made.push(one);
  return one;
};

const prompts = [[3, 1, 4, 1, 5], [2], [6, 5], [5, 3, 2, 6, 1, 2], [4, 4, 4], [1], [2, 3]];

/** Log-probabilities [T][V] of what stands after the prompt. */
function scoresOf(one: MaskedDiffusionLm, given: TransformerParameters, prompt: readonly number[], completion: readonly number[]): number[][] {
  return tf.tidy(() => {
    const logits = one.apply(given, { tokens: tf.tensor2d([[...prompt, ...completion]], undefined, 'int32') }).logits;
    return (tf.logSoftmax(logits).arraySync() as number[][][])[0].slice(prompt.length);
  });
}

/** The likeliest token for each hidden place of the block, the most confident of them kept, without padding: tokens and log-probabilities. */
function byHand(prompt: readonly number[], schedule: readonly (readonly [from: number, to: number, count: number])[]): { readonly tokens: number[]; readonly logProbs: number[] } {
  const tokens: number[] = Array.from({ length: 8 }, () => M);
  const logProbs: number[] = Array.from({ length: 8 }, () => 0);
  for (const [from, to, count] of schedule) {
    const guesses = scoresOf(model, parameters, prompt, tokens).map((row, place) => ({ place, token: row.indexOf(Math.max(...row)), logProb: Math.max(...row) }));
    const open = guesses.filter(({ place }) => place >= from && place < to && tokens[place] === M).sort((a, b) => b.logProb - a.logProb);
    for (const { place, token, logProb } of open.slice(0, count)) [tokens[place], logProbs[place]] = [token, logProb];
  }
  const end = tokens.indexOf(EOS);
  return { tokens: end < 0 ? tokens : tokens.slice(0, end + 1), logProbs: end < 0 ? logProbs : logProbs.slice(0, end + 1) };
}

describe('unmaskingGenerator', () => {
  it.each<[string, Partial<UnmaskingGeneratorOptions>, (readonly [number, number, number])[]]>([
    ['one by one', {}, Array.from({ length: 8 }, () => [0, 8, 1] as const)],
    ['in three passes', { steps: 3 }, [[0, 8, 3], [0, 8, 3], [0, 8, 2]]],
    ['at once', { steps: 1 }, [[0, 8, 8]]],
    ['in two blocks of two passes', { steps: 4, blockTokens: 4 }, [[0, 4, 2], [0, 4, 2], [4, 8, 2], [4, 8, 2]]],
    ['from left to right', { blockTokens: 1 }, Array.from({ length: 8 }, (_, i) => [i, i + 1, 1] as const)],
  ])('fills the most confident places first, as by hand: %s', async (_, options, schedule) => {
    const completions = await generator({ greedy: true, ...options }).generate(parameters as Tree, prompts, Rng.fromSeed(1));
    expect(completions).toHaveLength(prompts.length);
    completions.forEach(({ tokens, logProbs, ended }, i) => {
      const expected = byHand(prompts[i], schedule);
      expect(tokens).toEqual(expected.tokens);
      expect(ended).toBe(tokens[tokens.length - 1] === EOS);
      logProbs.forEach((logProb, t) => expect(Math.abs(logProb - expected.logProbs[t])).toBeLessThan(1e-5 * (1 + Math.abs(logProb))));
    });
    expect(new Set(completions.map(({ ended }) => ended)).size).toBe(2);
  });

  it('draws what the model says where places are filled in a random order', async () => {
    // Two places, three tokens: p(a, b) = ½ p(a) p(b | a) + ½ p(b) p(a | b).
    const small = maskedDiffusionLm({ vocab: 3, dim: 8, layers: 1, heads: 2, context: 4 });
    const noise = Rng.fromSeed(5);
    const given = tidyTree(() => treeMap((leaf) => leaf.add(noise.normal(leaf.shape)), small.init(noise) as Tree) as object) as TransformerParameters;
    const prompt = [1];
    const of = (completion: number[]): number[][] => scoresOf(small, given, prompt, completion).map((row) => row.map(Math.exp));
    const none = of([3, 3]);
    const [left, right] = [[0, 1, 2].map((a) => of([a, 3])[1]), [0, 1, 2].map((b) => of([3, b])[0])];
    const n = 6_000;
    const count = new Map<string, number>();
    // A token that ends nothing, so that both places are seen.
    const drawing = generator({ model: small, rows: 200, promptTokens: 1, newTokens: 2, eos: 99, order: 'random' });
    for (const { tokens } of await drawing.generate(given as Tree, Array.from({ length: n }, () => prompt), Rng.fromSeed(7))) count.set(tokens.join(), (count.get(tokens.join()) ?? 0) + 1);
    let total = 0;
    let factorised = 0;
    for (const a of [0, 1, 2]) {
      for (const b of [0, 1, 2]) {
        const p = 0.5 * none[0][a] * left[a][b] + 0.5 * none[1][b] * right[b][a];
        total += p;
        factorised = Math.max(factorised, Math.abs(p - none[0][a] * none[1][b]));
        expect(Math.abs((count.get(`${a},${b}`) ?? 0) / n - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / n));
      }
    }
    expect(total).toBeCloseTo(1, 5);
    // Far enough from independent places that these would not pass.
    expect(factorised).toBeGreaterThan(0.05);
  });

  it('gives log-probabilities at the temperature of sampling', async () => {
    const [temperature, prompt] = [0.5, [2, 3]];
    const [{ tokens, logProbs }] = await generator({ steps: 1, sampling: { temperature, topK: 3 } }).generate(parameters as Tree, [prompt], Rng.fromSeed(4));
    const expected = tf.tidy(() => {
      const hidden = Array.from({ length: 8 }, () => M);
      const { logits } = model.apply(parameters, { tokens: tf.tensor2d([[...prompt, ...hidden]], undefined, 'int32') });
      return Array.from(tokenLogProbs(logits.slice([0, prompt.length, 0], [1, tokens.length, -1]).div(temperature), tf.tensor2d([[...tokens]], undefined, 'int32')).dataSync());
    });
    logProbs.forEach((logProb, t) => expect(logProb).toBeCloseTo(expected[t], 4));
  });

  it('writes the same greedily, whatever the rows and the order of the prompts, compiled or not', async () => {
    const expected = await generator({ greedy: true, steps: 4 }).generate(parameters as Tree, prompts, Rng.fromSeed(0));
    for (const options of [{ rows: 1 }, { rows: 8 }, { rows: 2, compile: false }]) {
      const turned = await generator({ greedy: true, steps: 4, ...options }).generate(parameters as Tree, [...prompts].reverse(), Rng.fromSeed(0));
      expect(turned.reverse().map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
    }
  });

  it.each(['confidence', 'random'] as const)('follows from its stream, by %s', async (order) => {
    const texts = async (seed: number, compile: boolean): Promise<string> => JSON.stringify((await generator({ order, steps: 4, compile }).generate(parameters as Tree, prompts, Rng.fromSeed(seed))).map(({ tokens }) => tokens));
    expect(await texts(7, true)).toBe(await texts(7, true));
    expect(await texts(7, false)).toBe(await texts(7, true));
    expect(await texts(8, true)).not.toBe(await texts(7, true));
  });

  it('does without the blocks that follow the end', async () => {
    let passes = 0;
    const counting: MaskedDiffusionLm = {
      ...model,
      trunk: {
        ...model.trunk,
        apply: (p, input) => {
          passes++;
          return model.trunk.apply(p, input);
        },
      },
    };
    const all = { model: counting, greedy: true, blockTokens: 2, compile: false };
    const [{ tokens }] = await generator(all).generate(parameters as Tree, [[6, 5]], Rng.fromSeed(0));
    expect(passes).toBe(8);
    expect(tokens).toHaveLength(8);
    passes = 0;
    // Whatever stands second ends it.
    const [short] = await generator({ ...all, eos: tokens[1] }).generate(parameters as Tree, [[6, 5]], Rng.fromSeed(0));
    expect(short).toMatchObject({ tokens: tokens.slice(0, tokens.indexOf(tokens[1]) + 1), ended: true });
    expect(passes).toBe(2);
  });

  it('leaves no tensor behind', async () => {
    for (const compile of [false, true]) {
      const one = generator({ compile, steps: 2 });
      await one.generate(parameters as Tree, prompts.slice(0, 2), Rng.fromSeed(0));
      const before = tensorCount();
      await one.generate(parameters as Tree, prompts.slice(0, 2), Rng.fromSeed(0));
      expect(tensorCount()).toBe(before);
    }
  });

  it('says what does not fit', async () => {
    expect(() => generator({ newTokens: 19 })).toThrow('unmaskingGenerator: 6 tokens of a prompt and 19 new ones do not fit the context of 24');
    expect(() => generator({ blockTokens: 3 })).toThrow('unmaskingGenerator: blockTokens should divide the 8 new tokens, got 3');
    expect(() => generator({ blockTokens: 4, steps: 3 })).toThrow('unmaskingGenerator: steps should be a multiple of the 2 blocks and at most the 8 new tokens, got 3');
    expect(() => generator({ steps: 9 })).toThrow('got 9');
    await expect(generator().generate(parameters as Tree, [[1], []], Rng.fromSeed(0))).rejects.toThrow('unmaskingGenerator: prompt 1 has 0 tokens, expected 1 to 6');
  });
});
