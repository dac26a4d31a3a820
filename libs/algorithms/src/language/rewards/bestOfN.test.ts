import { disposeTree, Rng, tensorCount, tf, type Tree } from '@rivulet/engine';
import { bestOfNDistribution } from '@rivulet/evaluation';
import { causalTransformer } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { echo, tokenizer } from '../../../test/echoTask.js';
import { scriptedWriter } from '../../../test/scriptedWriter.js';
import { bestOfN } from './bestOfN.js';
import type { Scorer } from '../flows/scorer.js';
import { tokenGenerator } from '../generation/tokenGenerator.js';
import type { VerifiableTask } from '../verifiableTask.js';
import { verifierScorer } from '../flows/verifierScorer.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const words = ['a', 'b', 'c'].flatMap((first) => ['a', 'b', 'c'].map((second) => first + second));
const probabilities = [0.02, 0.08, 0.1, 0.25, 0.05, 0.2, 0.1, 0.15, 0.05];
/** What a text is worth, and what a proxy thinks of it: mostly right, but it likes one poor text best, and two alike. */
const worth = new Map(words.map((word, i) => [word, [0.9, 0.1, 0.6, 0.3, 0.8, 0.2, 0.5, 0, 1][i]]));
const liked = new Map(words.map((word, i) => [word, [3, 0.5, 2, 1, 2.5, 1, 1.5, 4, 3.5][i]]));
const table = (values: ReadonlyMap<string, number>): Scorer => ({ score: async (answers) => answers.map(({ text }) => ({ reward: values.get(text)!, reason: text })) });
const mdp: VerifiableTask = { name: 'mdp', sample: () => ({ prompt: '=', solution: 'cc' }), verify: (_, text) => ({ reward: worth.get(text)!, reason: text }) };
const { generator } = scriptedWriter((_, rng) => tokenizer.encode(words[rng.nextCategorical(probabilities)]));
const none = {} as Tree;

describe('bestOfN', () => {
  it('is the exact law where everything can be enumerated', async () => {
    const { ns, accuracy, score, possible, kl } = await bestOfN(none, { task: mdp, tokenizer, generator, scorer: table(liked), problems: 4000, samples: 8, rng: Rng.fromSeed(1) });
    expect(ns).toEqual([1, 2, 4, 8]);
    const exact = (n: number, by: ReadonlyMap<string, number>, of: ReadonlyMap<string, number>): number => {
      const law = bestOfNDistribution(probabilities, words.map((word) => by.get(word)!), n);
      return law.reduce((sum, each, i) => sum + each * of.get(words[i])!, 0);
    };
    // A problem's estimate deviates by less than 0.5 in worth, and 1.2 in liking: four standard errors of 4000.
    ns.forEach((n, i) => {
      expect(Math.abs(accuracy[i] - exact(n, liked, worth))).toBeLessThan(0.032);
      expect(Math.abs(score[i] - exact(n, liked, liked))).toBeLessThan(0.076);
      expect(Math.abs(possible[i] - exact(n, worth, worth))).toBeLessThan(0.032);
      expect(kl[i]).toBeCloseTo(Math.log(n) - (n - 1) / n, 12);
    });
    // The score goes on growing while what it is a proxy of falls: the poor text that it likes best is found ever more often.
    expect(score[3]).toBeGreaterThan(score[2]);
    expect(accuracy[3]).toBeLessThan(accuracy[2]);
  });

  it('grows with n where the scorer knows, up to what is possible', async () => {
    const before = tensorCount();
    const model = causalTransformer({ vocab: tokenizer.vocabSize, dim: 16, layers: 1, heads: 2, context: 8 });
    const weights = model.init(Rng.fromSeed(2)) as Tree;
    const writer = tokenGenerator({ model, rows: 64, promptTokens: 2, newTokens: 2, eos: 0 });
    const { accuracy, possible, transcripts } = await bestOfN(weights, { task: echo, tokenizer, generator: writer, scorer: verifierScorer(echo), problems: 32, samples: 64, ns: [1, 8, 64], rng: Rng.fromSeed(3) });
    expect(accuracy).toEqual(possible);
    expect(accuracy[0]).toBeLessThan(0.1);
    expect(accuracy[1]).toBeGreaterThan(0.3);
    expect(accuracy[2]).toBeGreaterThan(0.9);
    expect(transcripts.reduce((sum, { reward }) => sum + reward, 0) / 32).toBeCloseTo(accuracy[2], 12);
    for (const { text, reward, prompt } of transcripts) if (reward === 1) expect(text).toBe(prompt[0]);
    await writer.dispose();
    disposeTree(weights);
    expect(tensorCount()).toBe(before);
  });

  it('votes, by heads and by the weights of the scorer', async () => {
    // Two of five say b, three say c; the scorer believes b.
    const said = ['b', 'c', 'c', 'b', 'c'];
    let next = 0;
    const speaker = scriptedWriter(() => tokenizer.encode(said[next++ % 5])).generator;
    const task: VerifiableTask = { name: 'b', sample: () => ({ prompt: '=', solution: 'b' }), verify: (_, text) => ({ reward: text === 'b' ? 1 : 0, reason: 'b' }) };
    const scorer: Scorer = { score: async (answers) => answers.map(({ text }) => ({ reward: text === 'b' ? 1 : -1, reason: 'b' })) };
    const options = { task, tokenizer, generator: speaker, scorer, problems: 2, samples: 5, ns: [5], rng: Rng.fromSeed(1) };
    const weighed = await bestOfN(none, { ...options, vote: { answerOf: (text) => text, weightOf: Math.exp } });
    expect(weighed.vote).toEqual({ majority: 0, weighted: 1 });
    expect(weighed.transcripts.map(({ text, reward }) => [text, reward])).toEqual([['b', 1], ['b', 1]]);
    const mute = await bestOfN(none, { ...options, vote: { answerOf: () => undefined, weightOf: Math.exp } });
    expect(mute.vote).toEqual({ majority: 0, weighted: 0 });
    await expect(bestOfN(none, { ...options, vote: { answerOf: (text) => text, weightOf: (score) => score } })).rejects.toThrow('answerVote: weight 1 of question 0 must be finite and not negative, got -1');
    await expect(bestOfN(none, { ...options, ns: [6] })).rejects.toThrow('bestOfNEstimate: n must be a whole number from 1 to 5');
  });
});
