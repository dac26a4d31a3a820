import { Rng, tf, toTensor, type Tree } from '@rivulet/engine';
import { causalTransformer } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { advance } from '../../../test/advance.js';
import { echo, tokenizer } from '../../../test/echoTask.js';
import type { ActorAndLearner } from '../../algorithm.js';
import { evaluateTask } from '../evaluateTask.js';
import { expertIteration } from './expertIteration.js';
import { preferenceConfig } from './preferenceConfig.js';
import { preferenceObjective } from './preferenceObjective.js';
import { preferenceOptimization } from './preferenceOptimization.js';
import { tokenGenerator } from '../generation/tokenGenerator.js';
import type { TokenBatch } from '../tokenPolicy.js';
import { tokenRollout } from '../tokenRollout.js';
import { wholeModel } from '../wholeModel.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const model = causalTransformer({ vocab: tokenizer.vocabSize, dim: 32, layers: 1, heads: 2, context: 8 });
const training = (seed: number) => ({ policy: wholeModel(model), task: echo, tokenizer, promptTokens: 2, rng: Rng.fromSeed(seed) });

async function accuracyOf(run: ActorAndLearner<Tree>): Promise<number> {
  const generator = tokenGenerator({ model, rows: 16, promptTokens: 2, newTokens: 3, eos: 0, greedy: true });
  const { accuracy } = await evaluateTask(run.learner.weights, { task: echo, tokenizer, generator, problems: 32, rng: Rng.fromSeed(3) });
  await generator.dispose();
  run.actor.dispose();
  run.learner.dispose();
  return accuracy;
}

describe('preferenceObjective', () => {
  /** Two pairs: the first prefers, the second does not count. log π of tokens, log π_ref half of it. */
  const logProbs = [[-1, -2], [-3], [-4, -4], [-1]];
  const rewards = [1, 0, 1, 1];
  const inputs = (): Parameters<ReturnType<typeof preferenceObjective>>[0] => {
    const rollout = tokenRollout(logProbs.map((own, i) => ({ prompt: [1], tokens: own.map(() => 2), logProbs: own, reward: rewards[i] })), { promptTokens: 1, newTokens: 2 });
    const fields = Object.fromEntries(Object.entries(rollout).map(([name, array]) => [name, toTensor(array)])) as unknown as TokenBatch;
    const batch = { ...fields, advantage: fields.reward, referenceLogProb: fields.logProb.div(2) };
    return { batch, logits: tf.zeros([4, 2, 3]), logProb: fields.logProb, step: tf.scalar(0) };
  };
  const numbers = (settings: object): { [name: string]: number } => {
    const { loss, metrics } = preferenceObjective(preferenceConfig.parse(settings))(inputs());
    return { ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value.dataSync()[0]])), loss: loss.dataSync()[0] };
  };
  const softplus = (x: number): number => Math.log(1 + Math.exp(x));
  const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
  const odds = (x: number): number => x - Math.log(1 - Math.exp(x));

  // Sums: -3 against -3, minus the reference -1.5 and -1.5. Means: -1.5 against -3, minus -0.75 and -1.5.
  it.each<[string, object, number]>([
    ['dpo', { beta: 0.5 }, softplus(-0.5 * (-1.5 + 1.5))],
    ['ipo', { beta: 0.5 }, (-0.75 + 1.5 - 1) ** 2],
    ['simpo', { beta: 2, margin: 0.5 }, softplus(-(2 * 1.5 - 0.5))],
    ['orpo', { beta: 0.3 }, 0.3 * softplus(-(odds(-1.5) - odds(-3)))],
    ['kto', { beta: 0.5 }, (sigmoid(0.5 * 1.5) + sigmoid(0.5 * -1.5)) / 2],
  ])('%s, by hand', (loss, settings, expected) => {
    const seen = numbers({ loss, ...settings });
    expect(seen.loss).toBeCloseTo(expected, 5);
    expect(seen.preferences).toBe(0.5);
    expect(seen.negativeLogLikelihood).toBeCloseTo(1.5, 5);
  });

  it('adds the likelihood of the better completion', () => {
    expect(numbers({ loss: 'dpo', beta: 0.5, likelihoodCoefficient: 2 }).loss).toBeCloseTo(Math.log(2) + 2 * 1.5, 5);
  });
});

describe('preferenceOptimization', () => {
  it.each([
    ['dpo', { beta: 0.3 }],
    ['ipo', { beta: 0.3 }],
    ['simpo', { beta: 2, margin: 0.5 }],
    ['orpo', { beta: 0.5, likelihoodCoefficient: 1 }],
    // Its loss saturates: with a β of 0.3 two of four seeds failed, and in rounds of the size of the others one in ten; in these, none of ten.
    ['kto', { beta: 0.1, prompts: 64, minibatchPairs: 64 }],
  ] as const)('learns to repeat a letter, by %s', async (loss, settings) => {
    const run = preferenceOptimization({ prompts: 16, groupSize: 8, newTokens: 3, minibatchPairs: 16, learningRate: 3e-3, loss, ...settings }, training(1));
    const seen = await advance(run, 60);
    expect(seen[59].accuracy).toBeGreaterThan(0.9);
    expect(await accuracyOf(run)).toBe(1);
  });
});

describe('expertIteration', () => {
  const small = { prompts: 16, groupSize: 8, newTokens: 3, minibatchPrompts: 16, learningRate: 1e-2 };

  it('learns to repeat a letter', async () => {
    const run = expertIteration(small, training(1));
    const seen = await advance(run, 60);
    expect(seen[0].reward).toBeLessThan(0.3);
    expect(await accuracyOf(run)).toBe(1);
  });

  it('learns to repeat a letter from the best of each group, a row for each prompt', async () => {
    const run = expertIteration({ ...small, keep: 'best' }, training(1));
    const chunk = await run.actor.collect(run.learner.weights);
    expect(chunk.data.reward.shape).toEqual([16]);
    const solved = Array.from({ length: 16 }, (_, q) => Math.max(...chunk.episodes.slice(8 * q, 8 * q + 8).map((episode) => episode.return)));
    expect(Array.from(chunk.data.reward.data)).toEqual(solved);
    await run.learner.learn(chunk);
    await advance(run, 60);
    expect(await accuracyOf(run)).toBe(1);
  });

  it('learns the best of a group whatever it is worth, as RAFT', async () => {
    const worthless = { ...echo, verify: () => ({ reward: 0, reason: '' }) };
    const lossOf = async (weight: 'reward' | 'none'): Promise<number> => {
      const run = expertIteration({ ...small, keep: 'best', weight }, { ...training(1), task: worthless });
      return (await advance(run, 1))[0].negativeLogLikelihood;
    };
    expect(await lossOf('reward')).toBeCloseTo(0, 10);
    expect(await lossOf('none')).toBeGreaterThan(1);
  });
});
