import { disposeTree, Rng, tensorCount, tf, tidyTree, type Tree, treeMap } from '@rivulet/engine';
import { causalTransformer, samplingLogits, tokenLogProbs } from '@rivulet/networks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Completion, type TokenGenerator, tokenGenerator, type TokenGeneratorOptions } from './tokenGenerator.js';

const EOS = 0;
const VOCAB = 7;
const model = causalTransformer({ vocab: VOCAB, dim: 16, layers: 2, heads: 2, context: 24 });
let parameters: ReturnType<typeof model.init>;
const made: TokenGenerator[] = [];

beforeAll(async () => {
  await tf.setBackend('cpu');
  // Scaled up: a fresh model would be nearly uniform.
  parameters = tidyTree(() => scaled(model.init(Rng.fromSeed(3)) as Tree)) as typeof parameters;
});

afterAll(() => Promise.all(made.map((generator) => generator.dispose())));

function scaled(tree: Tree): Tree {
  if (tree instanceof tf.Tensor) return tree.rank === 2 ? tree.mul(8) : tree.clone();
  if (Array.isArray(tree)) return tree.map(scaled);
  return Object.fromEntries(Object.entries(tree as { [key: string]: Tree }).map(([key, child]) => [key, scaled(child)]));
}

const generator = (options: Partial<TokenGeneratorOptions> = {}): TokenGenerator => {
  const one = tokenGenerator({ model, rows: 3, promptTokens: 6, newTokens: 10, eos: EOS, block: 4, ...options });
  made.push(one);
  return one;
};

const prompts = [[3, 1, 4, 1, 5], [2], [6, 5], [5, 3, 2, 6, 1, 2], [4, 4, 4], [1], [2, 3]];

/** log-probabilities by a forward pass over prompt and completion, without padding. */
function scored(prompt: readonly number[], { tokens }: Completion, temperature = 1, writer = model, weights = parameters): number[] {
  return tf.tidy(() => {
    const all = [...prompt, ...tokens];
    const { logits } = writer.apply(weights, { tokens: tf.tensor2d([all.slice(0, -1)], undefined, 'int32') });
    return Array.from(tokenLogProbs(logits.div(temperature), tf.tensor2d([all.slice(1)], undefined, 'int32')).dataSync()).slice(prompt.length - 1);
  });
}

describe('tokenGenerator', () => {
  it.each([['compiled', true], ['eager', false]])('gives the log-probabilities of a forward pass, %s', async (_, compile) => {
    const completions = await generator({ compile, sampling: { temperature: 0.8 } }).generate(parameters, prompts, Rng.fromSeed(1));
    expect(completions).toHaveLength(prompts.length);
    completions.forEach((completion, i) => {
      const expected = scored(prompts[i], completion, 0.8);
      expect(completion.logProbs).toHaveLength(completion.tokens.length);
      completion.logProbs.forEach((logProb, t) => expect(Math.abs(logProb - expected[t])).toBeLessThan(1e-5 * (1 + Math.abs(expected[t]))));
    });
    expect(new Set(completions.map(({ tokens }) => tokens.length)).size).toBeGreaterThan(2);
  });

  it('ends at the end token or where the room is over', async () => {
    const completions = await generator().generate(parameters, [...prompts, ...prompts, ...prompts], Rng.fromSeed(2));
    for (const { tokens, ended } of completions) {
      expect(tokens.indexOf(EOS)).toBe(ended ? tokens.length - 1 : -1);
      if (!ended) expect(tokens).toHaveLength(10);
    }
    expect(new Set(completions.map(({ ended }) => ended)).size).toBe(2);
  });

  it('writes the same greedily, whatever the rows, the blocks and the order', async () => {
    const greedy = { greedy: true } as const;
    const expected = await generator(greedy).generate(parameters, prompts, Rng.fromSeed(0));
    expected.forEach(({ tokens }, i) => expect(tokens).toEqual(byHand(prompts[i])));
    for (const options of [{ rows: 1 }, { rows: 8, block: 1 }, { rows: 2, block: 16 }]) {
      const turned = await generator({ ...greedy, ...options }).generate(parameters, [...prompts].reverse(), Rng.fromSeed(0));
      expect(turned.reverse().map(({ tokens }) => tokens)).toEqual(expected.map(({ tokens }) => tokens));
    }
  });

  it('draws in proportion to the probabilities', async () => {
    const completions = await generator({ newTokens: 1, rows: 100, block: 1 }).generate(parameters, Array.from({ length: 2_000 }, () => [2, 3]), Rng.fromSeed(5));
    const expected = tf.tidy(() => Array.from(tf.softmax(model.apply(parameters, { tokens: tf.tensor2d([[2, 3]], undefined, 'int32') }).logits.slice([0, 1, 0]).flatten()).dataSync()));
    expected.forEach((p, token) => {
      const share = completions.filter(({ tokens }) => tokens[0] === token).length / 2_000;
      expect(Math.abs(share - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / 2_000) + 1e-9);
    });
  });

  it.each([['top-k', { topK: 3 }], ['top-p', { topP: 0.7 }], ['min-p', { minP: 0.5 }], ['all of them', { temperature: 1.4, topK: 5, topP: 0.9, minP: 0.1 }]] as const)('draws in proportion to what %s leaves', async (_, sampling) => {
    const draws = 4_000;
    const completions = await generator({ newTokens: 1, rows: 200, block: 1, sampling }).generate(parameters, Array.from({ length: draws }, () => [2, 3]), Rng.fromSeed(6));
    const [whole, left] = tf.tidy(() => {
      const logits = model.apply(parameters, { tokens: tf.tensor2d([[2, 3]], undefined, 'int32') }).logits.slice([0, 1, 0]).flatten();
      return [samplingLogits(logits, { temperature: 'temperature' in sampling ? sampling.temperature : 1 }), samplingLogits(logits, sampling)].map((each) => Array.from(tf.softmax(each).dataSync()));
    });
    const counts = left.map((_p, token) => completions.filter(({ tokens }) => tokens[0] === token).length);
    const possible = left.filter((p) => p > 0).length;
    expect(possible).toBeLessThan(VOCAB);
    expect(possible).toBeGreaterThan(1);
    // The 99.9th percentile of chi-square with 1 … 4 degrees of freedom.
    const statistic = left.reduce((sum, p, token) => (p > 0 ? sum + (counts[token] - draws * p) ** 2 / (draws * p) : sum), 0);
    expect(statistic).toBeLessThan([10.83, 13.82, 16.27, 18.47][possible - 2]);
    left.forEach((p, token) => p === 0 && expect(counts[token]).toBe(0));
    for (const { tokens, logProbs } of completions.slice(0, 50)) expect(logProbs[0]).toBeCloseTo(Math.log(whole[tokens[0]]), 5);
  });

  it('gives them in whatever form the rows and the cache have', async () => {
    const large = causalTransformer({ vocab: 40, dim: 16, layers: 2, heads: 4, kvHeads: 2, context: 80, positions: 'rotary', norm: 'rmsNorm' });
    const weights = tidyTree(() => scaled(large.init(Rng.fromSeed(4)) as Tree)) as typeof parameters;
    const seeds = Rng.fromSeed(8);
    const different = Array.from({ length: 25 }, () => Array.from({ length: 1 + seeds.nextInt(6) }, () => seeds.nextInt(40)));
    // Each three times side by side; more than there are rows.
    const asked = different.flatMap((prompt) => [prompt, prompt, prompt]);
    const one = generator({ model: large, rows: 48, newTokens: 70, eos: 5, block: 8 });
    const completions = await one.generate(weights, asked, Rng.fromSeed(9));
    const lengths = completions.map(({ tokens }) => tokens.length);
    expect(Math.min(...lengths)).toBeLessThan(10);
    expect(Math.max(...lengths)).toBe(70);
    completions.forEach((completion, i) => {
      if (i % 3 !== 1 && completion.tokens.length < 60) return;
      const expected = scored(asked[i], completion, 1, large, weights);
      completion.logProbs.forEach((logProb, t) => expect(Math.abs(logProb - expected[t])).toBeLessThan(1e-5 * (1 + Math.abs(expected[t]))));
    });
    expect(completions[0].tokens).not.toEqual(completions[1].tokens);
  });

  it('keeps calls that overlap apart', async () => {
    const one = generator();
    const expected = [await one.generate(parameters, prompts, Rng.fromSeed(1)), await one.generate(parameters, prompts.slice(2), Rng.fromSeed(2))];
    expect(await Promise.all([one.generate(parameters, prompts, Rng.fromSeed(1)), one.generate(parameters, prompts.slice(2), Rng.fromSeed(2))])).toEqual(expected);
  });

  it('asks for the parameters once, not for every token', async () => {
    let asked = 0;
    const one = generator({ compile: false, parameters: (weights) => (asked++, (weights as { readonly own: typeof parameters }).own) });
    const expected = await generator({ compile: false }).generate(parameters, prompts, Rng.fromSeed(3));
    expect(await one.generate({ own: parameters }, prompts, Rng.fromSeed(3))).toEqual(expected);
    expect(asked).toBe(1);
  });

  it('says that weights are no numbers, and goes on with others', async () => {
    const one = generator();
    const broken = tidyTree(() => treeMap((tensor) => tensor.mul(NaN), parameters as Tree)) as typeof parameters;
    await expect(one.generate(broken, prompts, Rng.fromSeed(3))).rejects.toThrow('tokenGenerator: the logits are not numbers');
    expect(await one.generate(parameters, prompts, Rng.fromSeed(3))).toEqual(await generator().generate(parameters, prompts, Rng.fromSeed(3)));
  });

  it('stops at stop sequences, which stay', async () => {
    const plain = await generator({ greedy: true }).generate(parameters, prompts, Rng.fromSeed(0));
    const at = plain.findIndex(({ tokens }) => tokens.length > 4);
    const stop = plain[at].tokens.slice(2, 4);
    const stopped = await generator({ greedy: true, stops: [stop] }).generate(parameters, prompts, Rng.fromSeed(0));
    const first = plain[at].tokens.findIndex((_, i) => stop.every((token, j) => plain[at].tokens[i + j] === token));
    expect(stopped[at]).toMatchObject({ tokens: plain[at].tokens.slice(0, first + 2), ended: true });
  });

  it('follows from its stream', async () => {
    const one = generator();
    const texts = async (seed: number) => JSON.stringify(await one.generate(parameters, prompts, Rng.fromSeed(seed)));
    expect(await texts(7)).toBe(await texts(7));
    expect(await texts(8)).not.toBe(await texts(7));
  });

  it('leaves no tensor behind', async () => {
    const one = generator({ compile: false, greedy: true });
    const before = tensorCount();
    await one.generate(parameters, prompts.slice(0, 2), Rng.fromSeed(0));
    expect(tensorCount()).toBe(before);
  });

  it('says what does not fit', async () => {
    expect(() => generator({ newTokens: 19 })).toThrow('tokenGenerator: 6 tokens of a prompt and 19 new ones do not fit the context of 24');
    await expect(generator().generate(parameters, [[1], []], Rng.fromSeed(0))).rejects.toThrow('tokenGenerator: prompt 1 has 0 tokens, expected 1 to 6');
  });
});

/** Token by token, each time a whole pass. */
function byHand(prompt: readonly number[]): number[] {
  const tokens: number[] = [];
  while (tokens.length < 10 && tokens[tokens.length - 1] !== EOS) {
    const all = tf.tensor2d([[...prompt, ...tokens]], undefined, 'int32');
    const { logits, hidden } = model.apply(parameters, { tokens: all });
    const best = tf.tidy(() => logits.argMax(-1).dataSync());
    tokens.push(best[best.length - 1]);
    disposeTree([logits, hidden, all]);
  }
  return tokens;
}
