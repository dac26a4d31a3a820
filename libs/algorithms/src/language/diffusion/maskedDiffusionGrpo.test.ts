import { adam, flatten, type HostBatch, type NdArray, Rng, type Snapshot, tf, tidyTree, toTensor, type Tree, treeSnapshot } from '@rivulet/engine';
import { causalTransformer, maskedDiffusionLm, type TransformerParameters } from '@rivulet/networks';
import type { Actor } from '@rivulet/streams';
import { beforeAll, describe, expect, it } from 'vitest';
import { advance } from '../../../test/advance.js';
import { disposed } from '../../../test/disposed.js';
import { expectNoLeak } from '../../../test/expectNoLeak.js';
import { expectToContinue } from '../../../test/expectToContinue.js';
import { checkLearner } from '../../conformance/checkLearner.js';
import { snapshotDifference } from '../../conformance/snapshotDifference.js';
import { evaluateTask } from '../evaluateTask.js';
import { grpoConfig } from '../methods/grpoConfig.js';
import { grpoObjective } from '../methods/grpoObjective.js';
import { maskedDiffusionActor } from './maskedDiffusionActor.js';
import { maskedDiffusionGrpo } from './maskedDiffusionGrpo.js';
import { maskedDiffusionOnePass } from './maskedDiffusionOnePass.js';
import { completionScores, type TokenBatch, tokenPolicy } from '../tokenPolicy.js';
import { tokenRollout, type TokenSequence } from '../tokenRollout.js';
import { unmaskingGenerator } from './unmaskingGenerator.js';
import { echo, tokenizer } from '../../../test/echoTask.js';
import { wholeModel } from '../wholeModel.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const T = 3;
const model = maskedDiffusionLm({ vocab: tokenizer.vocabSize, dim: 32, layers: 1, heads: 2, context: 8 });
const M = model.maskToken;
const policy = wholeModel(model);
const onePass = maskedDiffusionOnePass(policy, T);
const training = (seed: number) => ({ policy, task: echo, tokenizer, promptTokens: 2, rng: Rng.fromSeed(seed) });
const small = { prompts: 16, groupSize: 8, newTokens: T, minibatchPrompts: 16, learningRate: 3e-3 } as const;

const sequences: readonly TokenSequence[] = [
  { prompt: [2, 5], tokens: [4, 0], logProbs: [-1, -2], reward: 1 },
  { prompt: [3], tokens: [3, 1, 4], logProbs: [-1.5, -1.2, -2], reward: 0 },
  { prompt: [4, 2], tokens: [], logProbs: [], reward: 0 },
  { prompt: [5, 3], tokens: [0], logProbs: [-0.7], reward: 1 },
];

const tensorsOf = (rollout: HostBatch): TokenBatch => Object.fromEntries(Object.entries(rollout).map(([name, array]) => [name, toTensor(array)])) as unknown as TokenBatch;
const batchOf = (promptTokens = 2): TokenBatch => {
  const fields = tensorsOf(tokenRollout(sequences, { promptTokens, newTokens: T }));
  return { ...fields, advantage: fields.reward.sub(0.4), referenceLogProb: fields.logProb.mul(0.9) };
};

/** log π of each token where it and the rest of the completion are hidden, without padding. */
function byHand(trained: Tree, prompt: readonly number[], tokens: readonly number[], temperature = 1): number[] {
  return tf.tidy(() => {
    const { logits } = model.apply(trained as TransformerParameters, { tokens: tf.tensor2d([[...prompt, M, M, M]], undefined, 'int32') });
    const scores = (tf.logSoftmax(logits.div(temperature)).arraySync() as number[][][])[0];
    return tokens.map((token, t) => scores[prompt.length + t][token]);
  });
}

const padded = (values: readonly number[]): number[] => [...values, ...Array.from({ length: T - values.length }, () => 0)];
const expectClose = (actual: ArrayLike<number>, expected: readonly number[]): void => expected.forEach((value, i) => expect(Math.abs(actual[i] - value)).toBeLessThan(1e-5 * (1 + Math.abs(value))));

describe('maskedDiffusionOnePass', () => {
  it.each([2, 4])('scores each token given the prompt alone, whatever the padding: prompts of %i', (promptTokens) => {
    const trained = policy.init(Rng.fromSeed(1));
    const { logProb } = completionScores(onePass, trained, batchOf(promptTokens), { newTokens: T, temperature: 0.7 });
    sequences.forEach(({ prompt, tokens }, row) => expectClose((logProb.arraySync() as number[][])[row], padded(byHand(trained, prompt, tokens, 0.7))));
  });

  it('has the same logits by apply, and does not read the completion', () => {
    const trained = policy.init(Rng.fromSeed(1)) as TransformerParameters;
    const [first, second] = [[[2, 5, 4, 0, 0]], [[2, 5, 1, 2, 3]]].map((rows) => onePass.model.apply(trained, { tokens: tf.tensor2d(rows, undefined, 'int32') }).logits);
    expect([...second.dataSync()]).toEqual([...first.dataSync()]);
    expectClose(tf.logSoftmax(first).slice([0, 1, 4], [1, 1, 1]).dataSync(), byHand(trained as Tree, [2, 5], [4]));
  });

  it('lets the learner of tokens conform, compiled and eager', async () => {
    const config = grpoConfig.parse({ groupSize: 2, newTokens: T, klCoefficient: 0.1, entropyCoefficient: 0.01 });
    const learner = tokenPolicy(onePass, { objective: grpoObjective(config), optimizer: flatten(adam(1e-2)), newTokens: T });
    const failed = (await checkLearner(learner, () => tidyTree(() => batchOf()), { updates: 3 })).filter(({ passed }) => !passed);
    expect(failed).toEqual([]);
  });
});

/** An actor that gives the same chunk again and again. */
const repeating = (rollout: HostBatch): Actor<Tree, HostBatch> => ({ collect: () => ({ data: rollout, steps: 1, episodes: [] }), snapshot: () => ({ arrays: {}, data: {} }), restore: () => undefined, dispose: () => undefined });

describe('maskedDiffusionActor', () => {
  it('scores what was written, under the weights that wrote it, on what it shows of the prompts', async () => {
    const trained = policy.init(Rng.fromSeed(1));
    const rollout = tokenRollout(sequences, { promptTokens: 3, newTokens: T });
    const actor = maskedDiffusionActor({ actor: repeating(rollout), policy, newTokens: T, hiddenPrompt: 0.5, rng: Rng.fromSeed(2) });
    const { data } = await actor.collect(trained);
    expect({ ...data, tokens: rollout.tokens, logProb: rollout.logProb }).toEqual(rollout);
    let hidden = 0;
    sequences.forEach(({ prompt, tokens }, row) => {
      const seen = [...data.tokens.data.subarray(row * 6, row * 6 + 6)];
      expect(seen.slice(3)).toEqual(padded(tokens));
      expect(seen.slice(0, 3 - prompt.length).every((token) => token === 0)).toBe(true);
      const shown = seen.slice(3 - prompt.length, 3);
      shown.forEach((token, i) => expect([M, prompt[i]]).toContain(token));
      hidden += shown.filter((token) => token === M).length;
      expectClose(data.logProb.data.subarray(row * T, (row + 1) * T), padded(byHand(trained, shown, tokens)));
    });
    expect(hidden).toBeGreaterThan(0);
    expect(hidden).toBeLessThan(7);
    actor.dispose();
  });

  it('hides as much of the prompts as it is told, and by default 0.15', async () => {
    const trained = policy.init(Rng.fromSeed(1));
    const rollout = tokenRollout(Array.from({ length: 1_500 }, () => ({ prompt: [2, 5], tokens: [4] })), { promptTokens: 2, newTokens: T });
    const share = async (hiddenPrompt?: number): Promise<number> => {
      const actor = maskedDiffusionActor({ actor: repeating(rollout), policy, newTokens: T, ...(hiddenPrompt === undefined ? {} : { hiddenPrompt }), rng: Rng.fromSeed(3) });
      const { tokens } = (await actor.collect(trained)).data as { readonly tokens: NdArray };
      actor.dispose();
      return tokens.data.filter((token) => token === M).length / 3_000;
    };
    expect([await share(0), await share(1)]).toEqual([0, 1]);
    expect(Math.abs((await share()) - 0.15)).toBeLessThan(4 * Math.sqrt((0.15 * 0.85) / 3_000));
  });
});

describe('maskedDiffusionGrpo', () => {
  it('learns to repeat a letter from rewards alone', async () => {
    const run = maskedDiffusionGrpo({ ...small, entropyCoefficient: 0.01, unmaskingSteps: T }, training(1));
    const seen = await advance(run, 60);
    expect(seen[0].reward).toBeLessThan(0.3);
    const generator = unmaskingGenerator({ model, rows: 16, promptTokens: 2, newTokens: T, eos: 0, greedy: true });
    const { accuracy } = await evaluateTask(run.learner.weights, { task: echo, tokenizer, generator, problems: 32, rng: Rng.fromSeed(3) });
    expect(accuracy).toBe(1);
    disposed(run);
    await generator.dispose();
  });

  it('is its old self in the first step, and in later ones no more', async () => {
    const run = maskedDiffusionGrpo({ ...small, klCoefficient: 0.1, epochs: 2, temperature: 0.8 }, training(1));
    const one = maskedDiffusionGrpo({ ...small, klCoefficient: 0.1, temperature: 0.8 }, training(1));
    const [{ approximateKl, kl, clipFraction }] = await advance(one, 1);
    expect(Math.abs(approximateKl)).toBeLessThan(1e-10);
    expect(Math.abs(kl)).toBeLessThan(1e-10);
    expect(clipFraction).toBe(0);
    expect((await advance(run, 1))[0].approximateKl).toBeGreaterThan(1e-6);
    disposed(run);
    disposed(one);
  });

  it('learns from older completions again, as they were scored when they were written', async () => {
    const run = maskedDiffusionGrpo({ ...small, reuse: 1 }, training(1));
    const first = await run.actor.collect(run.learner.weights);
    await run.learner.learn(first);
    const { data } = await run.actor.collect(run.learner.weights);
    const rows = first.data.tokens.shape[0];
    expect(data.tokens.shape[0]).toBe(2 * rows);
    const half = (name: string): ArrayLike<number>[] => [0, 1].map((i) => data[name].data.slice((i * data[name].data.length) / 2, ((i + 1) * data[name].data.length) / 2));
    for (const name of ['tokens', 'logProb']) expect(half(name)[1]).toEqual(first.data[name].data);
    disposed(run);
  });

  it('continues exactly from a snapshot', async () => {
    const settings = { ...small, klCoefficient: 0.1, blockTokens: 1, order: 'random', reuse: 1, correction: 'token' } as const;
    await expectToContinue((seed) => maskedDiffusionGrpo(settings, training(seed)));
  });

  it('runs eagerly to the same numbers', async () => {
    const play = async (compile: boolean): Promise<Snapshot> => {
      const run = maskedDiffusionGrpo({ ...small, klCoefficient: 0.1, compile }, training(1));
      // One round: weights then differ by rounding, and which of two equally confident places is filled first is up to that.
      await advance(run, 1);
      const end = await treeSnapshot(run.learner.weights);
      disposed(run);
      return end;
    };
    expect(snapshotDifference(await play(true), await play(false), 1e-3)).toBeUndefined();
  });

  it('leaves no tensor behind', async () => {
    await expectNoLeak(() => maskedDiffusionGrpo({ ...small, klCoefficient: 0.1 }, training(1)));
  });

  it('wants a model with a mask token, and known settings', () => {
    const causal = wholeModel(causalTransformer({ vocab: tokenizer.vocabSize, dim: 8, layers: 1, heads: 2, context: 40 }));
    expect(() => maskedDiffusionGrpo(small, { ...training(1), policy: causal })).toThrow('the model of the policy has no mask token');
    expect(() => maskedDiffusionGrpo(small, { ...training(1), tokenizer: { ...tokenizer, eos: undefined } })).toThrow('the tokenizer has no end token');
    expect(() => maskedDiffusionGrpo({ ...small, steps: 3 } as never, training(1))).toThrow('steps');
  });
});
