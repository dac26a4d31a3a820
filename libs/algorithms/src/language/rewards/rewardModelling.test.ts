import { adam, flatten, Rng, type Snapshot, tensorCount, tf, toTensor, type Tree, treeSnapshot } from '@rivulet/engine';
import { causalTransformer } from '@rivulet/networks';
import { from, lastValueFrom, toArray } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { advance } from '../../../test/advance.js';
import { disposed } from '../../../test/disposed.js';
import { expectToContinue } from '../../../test/expectToContinue.js';
import { tokenizer } from '../../../test/echoTask.js';
import { scriptedWriter } from '../../../test/scriptedWriter.js';
import type { CompletionGroup } from '../flows/completionGroup.js';
import { checkLearner } from '../../conformance/checkLearner.js';
import { snapshotDifference } from '../../conformance/snapshotDifference.js';
import { rankedGroups } from './rankedGroups.js';
import { rewardModelling } from './rewardModelling.js';
import { rewardModellingConfig } from './rewardModellingConfig.js';
import { rewardModellingObjective } from './rewardModellingObjective.js';
import { rewardScorer } from './rewardScorer.js';
import type { Answer } from '../flows/scorer.js';
import { type TokenBatch, tokenPolicy } from '../tokenPolicy.js';
import { tokenRollout } from '../tokenRollout.js';
import type { VerifiableTask } from '../verifiableTask.js';
import { wholeModel } from '../wholeModel.js';
import { withValueHead } from '../withValueHead.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const model = causalTransformer({ vocab: tokenizer.vocabSize, dim: 32, layers: 1, heads: 2, context: 8 });
const policy = wholeModel(model);

const answerTo = (prompt: string, text: string): Answer => ({ problem: { prompt, solution: '' }, prompt: tokenizer.encode(prompt), text, tokens: tokenizer.encode(text), ended: true });
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** All texts of so many of the letters a, b and c. */
const words = (length: number): string[] => (length === 0 ? [''] : words(length - 1).flatMap((word) => ['a', 'b', 'c'].map((letter) => word + letter)));

/** An a is worth 1/4, a b half of it. */
const preferA: VerifiableTask = {
  name: 'preferA',
  sample: (rng) => ({ prompt: `${'abc'[rng.nextInt(3)]}=`, solution: 'aaaa' }),
  verify: (_, text) => ({ reward: mean([...text].map((letter) => ({ a: 1, b: 0.5 })[letter] ?? 0)), reason: 'share' }),
};
/** Every fifth text is never written while the model learns. */
const texts = words(4);
const known = texts.filter((_, i) => i % 5 !== 2).map((text) => tokenizer.encode(text));
const heldOut = texts.filter((_, i) => i % 5 === 2);

const training = (seed: number) => ({ policy, task: preferA, tokenizer, promptTokens: 2, writer: scriptedWriter((_, rng) => known[rng.nextInt(known.length)]), rng: Rng.fromSeed(seed) });
const small = { prompts: 32, groupSize: 4, newTokens: 4, minibatchPrompts: 4, learningRate: 1e-3 } as const;

/** Scores of a reward model. */
async function scoresOf(weights: Tree, answers: readonly Answer[], room: { readonly promptTokens: number; readonly newTokens: number }): Promise<number[]> {
  const scorer = rewardScorer({ policy, weights, room });
  const judged = await scorer.score(answers);
  scorer.dispose();
  return judged.map(({ reward }) => reward);
}

/** The share of pairs of different reward that scores order as rewards do; ties of scores are half right. */
function agreement(scores: readonly number[], rewards: readonly number[]): number {
  const pairs = scores.flatMap((score, i) => scores.slice(0, i).flatMap((other, j) => (rewards[i] === rewards[j] ? [] : [Math.sign(score - other) * Math.sign(rewards[i] - rewards[j])])));
  return mean(pairs.map((sign) => (sign + 1) / 2));
}

/** How well a reward model orders completions that were never written. */
async function heldOutAccuracy(weights: Tree): Promise<number> {
  const answers = heldOut.map((text) => answerTo('a=', text));
  return agreement(await scoresOf(weights, answers, { promptTokens: 2, newTokens: 4 }), answers.map(({ problem, text }) => preferA.verify(problem, text).reward));
}

describe('rewardModellingObjective', () => {
  const softplus = (x: number): number => Math.log1p(Math.exp(x));
  /** Two prompts with three completions each; what is read stands after the last token, and the rest is to be ignored. */
  const scores = [2, 0.5, -1, 1, 3, 3];
  const rewards = [3, 2, 1, 1, 0, 0];
  const lengths = [1, 2, 3, 3, 2, 1];
  const numbers = (settings: object): { [name: string]: number } => {
    const config = rewardModellingConfig.parse({ groupSize: 3, newTokens: 3, centering: 0, ...settings });
    const rollout = tokenRollout(lengths.map((length, i) => ({ prompt: [1], tokens: Array.from({ length }, () => 2), reward: rewards[i] })), { promptTokens: 1, newTokens: 4 });
    const fields = Object.fromEntries(Object.entries(rollout).map(([name, array]) => [name, toTensor(array)])) as unknown as TokenBatch;
    const value = tf.tensor2d(lengths.map((length, i) => [9, 8, 7, 6].map((noise, t) => (t === length ? scores[i] : noise))));
    const { loss, metrics } = rewardModellingObjective(config)({ batch: { ...fields, advantage: fields.reward, referenceLogProb: fields.logProb }, logits: tf.zeros([6, 4, 3]), logProb: fields.logProb, value, step: tf.scalar(0) });
    return { ...Object.fromEntries(Object.entries(metrics).map(([name, x]) => [name, x.dataSync()[0]])), loss: loss.dataSync()[0] };
  };
  // The first prompt prefers 2 to 0.5, 2 to -1 and 0.5 to -1; the second 1 to 3, twice.
  const [first, second] = [[1.5, 3, 1.5], [-2, -2]];
  const all = [...first, ...second];

  it.each<[string, object, number]>([
    ['every prompt alike', {}, (mean(first.map((d) => softplus(-d))) + softplus(2)) / 2],
    ['every pair alike', { aggregation: 'pair' }, mean(all.map((d) => softplus(-d)))],
    ['a margin', { aggregation: 'pair', margin: 0.5 }, mean(all.map((d) => softplus(0.5 - d)))],
    ['smoothed labels', { aggregation: 'pair', labelSmoothing: 0.2 }, mean(all.map((d) => 0.8 * softplus(-d) + 0.2 * softplus(d)))],
    ['centred scores', { aggregation: 'pair', centering: 0.1 }, mean(all.map((d) => softplus(-d))) + 0.1 * mean([1, 14 / 3].map((double) => double ** 2))],
    [
      'rankings',
      { loss: 'plackettLuce' },
      (Math.log(Math.exp(2) + Math.exp(0.5) + Math.exp(-1)) - 2 + softplus(-1.5) + (Math.log(Math.exp(1) + 2 * Math.exp(3)) - 1 + Math.log(2))) / 2,
    ],
    ['the best alone', { loss: 'plackettLuce', places: 1 }, (Math.log(Math.exp(2) + Math.exp(0.5) + Math.exp(-1)) - 2 + (Math.log(Math.exp(1) + 2 * Math.exp(3)) - 1)) / 2],
  ])('by hand: %s', (_, settings, expected) => {
    expect(numbers(settings).loss).toBeCloseTo(expected, 5);
  });

  it('wants a head', () => {
    const objective = rewardModellingObjective(rewardModellingConfig.parse({}));
    expect(() => objective({ batch: {} as TokenBatch, logits: tf.zeros([1]), logProb: tf.zeros([1]), step: tf.scalar(0) })).toThrow('rewardModellingObjective: the model has no head (withValueHead)');
  });
});

describe('rankedGroups', () => {
  const group = (rewards: readonly number[]): CompletionGroup => ({
    problem: { prompt: 'a=', solution: 'a' },
    prompt: [2, 5],
    completions: rewards.map((_, i) => ({ tokens: [i], logProbs: [0], ended: true })),
    texts: rewards.map(String),
    rewards,
    reasons: rewards.map(() => ''),
  });
  const ranked = (rewards: readonly number[], noise: number, times: number): Promise<CompletionGroup[]> =>
    lastValueFrom(from(Array.from({ length: times }, () => group(rewards))).pipe(rankedGroups({ noise, rng: Rng.fromSeed(2) }), toArray()));

  it('puts the best first, and equals in random order', async () => {
    const groups = await ranked([0, 1, 0.5, 1], 0, 400);
    for (const { rewards, texts: names } of groups) expect([rewards, names]).toEqual([[1, 1, 0.5, 0], ['1', '1', '0.5', '0']]);
    const share = mean(groups.map(({ completions }) => (completions[0].tokens[0] === 1 ? 1 : 0)));
    // Four standard errors of 400 fair coins.
    expect(Math.abs(share - 0.5)).toBeLessThan(0.1);
  });

  it('errs as a judge of Bradley and Terry, and of Plackett and Luce', async () => {
    const [rewards, times] = [[0.2, 1, 0.5], 20_000];
    const groups = await ranked(rewards, 0.4, times);
    const places = groups.map(({ completions }) => rewards.map((_, i) => completions.findIndex(({ tokens }) => tokens[0] === i)));
    const [weights, tolerance] = [rewards.map((reward) => Math.exp(reward / 0.4)), 4 * Math.sqrt(0.25 / times)];
    for (const [i, j] of [[0, 1], [1, 2], [2, 0]]) {
      expect(Math.abs(mean(places.map((place) => (place[i] < place[j] ? 1 : 0))) - weights[i] / (weights[i] + weights[j]))).toBeLessThan(tolerance);
    }
    const order = (weights[1] / (weights[0] + weights[1] + weights[2])) * (weights[2] / (weights[0] + weights[2]));
    expect(Math.abs(mean(places.map((place) => (place[1] === 0 && place[2] === 1 ? 1 : 0))) - order)).toBeLessThan(tolerance);
    for (const { rewards: judged } of groups.slice(0, 20)) expect(judged).toEqual([...judged].sort((a, b) => b - a));
  });
});

describe('rewardModelling', () => {
  it.each([['bradleyTerry'], ['plackettLuce']] as const)('orders completions it never saw as the true reward does, by %s', async (loss) => {
    const run = rewardModelling({ ...small, loss }, training(1));
    expect(await heldOutAccuracy(run.learner.weights)).toBe(0.5);
    const seen = await advance(run, 60);
    expect(seen[0].accuracy).toBe(0.5);
    expect(seen[59].accuracy).toBeGreaterThan(0.95);
    expect(await heldOutAccuracy(run.learner.weights)).toBeGreaterThan(0.95);
    disposed(run);
  });

  it('reads scores where the scorer does, whatever the length', async () => {
    const lengthsOf = [1, 2, 3, 4, 4, 3];
    const written = { ...training(1), writer: scriptedWriter((_, rng) => known[rng.nextInt(known.length)].slice(0, lengthsOf[rng.nextInt(6)])) };
    const run = rewardModelling(small, written);
    await advance(run, 20);
    const { data } = await run.actor.collect(run.learner.weights);
    const answers = Array.from({ length: 128 }, (_, row) => {
      const [own, width] = [data.tokens.data.subarray(row * 7, (row + 1) * 7), data.written.data.subarray(row * 5, (row + 1) * 5).indexOf(0)];
      return { ...answerTo('a=', ''), prompt: Array.from(own.subarray(0, 2)), tokens: Array.from(own.subarray(2, 2 + width)) };
    });
    const scores = await scoresOf(run.learner.weights, answers, { promptTokens: 2, newTokens: 4 });
    const { score } = await run.learner.learn({ data, steps: 0, episodes: [] });
    expect(score).toBeCloseTo(mean(scores), 4);
    expect(new Set(scores.map((x) => x.toFixed(4))).size).toBeGreaterThan(30);
    disposed(run);
  });

  it('conforms, compiled and eager', async () => {
    const valued = withValueHead(policy);
    const batch = () =>
      tf.tidy(() => {
        const sequences = [[2, 3], [4, 3, 2, 2], [2], [3, 3, 3]].map((tokens, i) => ({ prompt: [3, 5], tokens, reward: [2, 1, 1, 0][i] }));
        const fields = Object.fromEntries(Object.entries(tokenRollout(sequences, { promptTokens: 2, newTokens: 5 })).map(([name, array]) => [name, toTensor(array)])) as unknown as TokenBatch;
        return { ...fields, advantage: fields.reward.clone(), referenceLogProb: fields.logProb.clone() };
      });
    for (const settings of [{ groupSize: 2, labelSmoothing: 0.1, margin: 0.2 }, { groupSize: 4, loss: 'plackettLuce', places: 2 }]) {
      const learner = tokenPolicy(valued, { objective: rewardModellingObjective(rewardModellingConfig.parse(settings)), optimizer: flatten(adam(1e-2)), newTokens: 5 });
      const failed = (await checkLearner(learner, batch, { updates: 3 })).filter(({ passed }) => !passed);
      expect(failed).toEqual([]);
    }
  });

  it('learns how much better, not only which: differences of scores are differences of rewards over the temperature', async () => {
    const all = words(2).map((text) => tokenizer.encode(text));
    const luck = Rng.fromSeed(5);
    const truth = new Map(words(2).map((text) => [text, luck.nextUniform()]));
    const mdp: VerifiableTask = { name: 'mdp', sample: () => ({ prompt: '=', solution: 'aa' }), verify: (_, text) => ({ reward: truth.get(text)!, reason: 'table' }) };
    const noise = 0.25;
    const stage = (learningRate: number, before?: Tree) =>
      rewardModelling(
        { prompts: 64, groupSize: 4, newTokens: 2, minibatchPrompts: 64, learningRate, noise, centering: 1e-3 },
        { policy, task: mdp, tokenizer, promptTokens: 1, writer: scriptedWriter((_, rng) => all[rng.nextInt(9)]), from: before, rng: Rng.fromSeed(1) },
      );
    const coarse = stage(2e-3);
    await advance(coarse, 150);
    const run = stage(3e-4, coarse.learner.weights);
    disposed(coarse);
    await advance(run, 150);
    const scores = await scoresOf(run.learner.weights, words(2).map((text) => answerTo('=', text)), { promptTokens: 1, newTokens: 2 });
    const expected = words(2).map((text) => truth.get(text)! / noise);
    const centred = (values: readonly number[]): number[] => values.map((value) => value - mean(values));
    const [s, r] = [centred(scores), centred(expected)];
    const [ss, rr, sr] = [mean(s.map((x) => x * x)), mean(r.map((x) => x * x)), mean(s.map((x, i) => x * r[i]))];
    // The slope is 0.99 at the optimum with this centering, and known to about 0.01 from 19 200 rankings; five seeds came to 0.94 to 0.98, correlations of 0.993 and more.
    expect(sr / Math.sqrt(ss * rr)).toBeGreaterThan(0.98);
    expect(Math.abs(sr / rr - 1)).toBeLessThan(0.1);
    disposed(run);
  });

  it('continues exactly from a snapshot', async () => {
    const settings = { ...small, noise: 0.5, epochs: 2 };
    await expectToContinue((seed) => rewardModelling(settings, training(seed)));
  });

  it('runs eagerly to the same numbers, and leaves no tensor behind', async () => {
    const before = tensorCount();
    const play = async (compile: boolean): Promise<Snapshot> => {
      const run = rewardModelling({ ...small, minibatchPrompts: 16, compile }, training(1));
      await advance(run, 1);
      const held = tensorCount();
      await advance(run, 1);
      expect(tensorCount()).toBe(held);
      const end = await treeSnapshot(run.learner.weights);
      disposed(run);
      return end;
    };
    expect(snapshotDifference(await play(true), await play(false), 1e-3)).toBeUndefined();
    expect(tensorCount()).toBe(before);
  });

  it('says when a completion is too long to be scored', async () => {
    const run = rewardModelling({ ...small, newTokens: 3 }, training(1));
    await expect(advance(run, 1)).rejects.toThrow('reward model: completion 0 has 4 tokens, at most 3 can be scored (newTokens)');
    disposed(run);
  });
});
