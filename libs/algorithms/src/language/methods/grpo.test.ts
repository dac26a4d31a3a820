import { Rng, type Snapshot, tf, treeSnapshot } from '@rivulet/engine';
import { causalTransformer } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { advance } from '../../../test/advance.js';
import { disposed } from '../../../test/disposed.js';
import { expectNoLeak } from '../../../test/expectNoLeak.js';
import { expectToContinue } from '../../../test/expectToContinue.js';
import { snapshotDifference } from '../../conformance/snapshotDifference.js';
import { evaluateTask } from '../evaluateTask.js';
import { grpo } from './grpo.js';
import { grpoPresets } from './grpoPresets.js';
import { supervised } from './supervised.js';
import { tokenGenerator } from '../generation/tokenGenerator.js';
import type { Transcript } from '../transcript.js';
import { echo, tokenizer } from '../../../test/echoTask.js';
import type { VerifiableTask } from '../verifiableTask.js';
import { wholeModel } from '../wholeModel.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const model = causalTransformer({ vocab: tokenizer.vocabSize, dim: 32, layers: 1, heads: 2, context: 8 });
const policy = wholeModel(model);
const training = (seed: number) => ({ policy, task: echo, tokenizer, promptTokens: 2, rng: Rng.fromSeed(seed) });
const small = { prompts: 16, groupSize: 8, newTokens: 3, minibatchPrompts: 16, learningRate: 3e-3 } as const;

describe('grpo', () => {
  it.each(Object.entries(grpoPresets))('learns to repeat a letter, as %s', async (_, preset) => {
    const run = grpo({ ...small, entropyCoefficient: 0.01, ...preset, klCoefficient: 0 }, training(1));
    const seen = await advance(run, 60);
    expect(seen[0].reward).toBeLessThan(0.3);
    const generator = tokenGenerator({ model, rows: 16, promptTokens: 2, newTokens: 3, eos: 0, greedy: true });
    const { accuracy } = await evaluateTask(run.learner.weights, { task: echo, tokenizer, generator, problems: 32, rng: Rng.fromSeed(3) });
    expect(accuracy).toBe(1);
    disposed(run);
    await generator.dispose();
  });

  it('is nearly its old self in the first step, and counts tokens and verdicts', async () => {
    const transcripts: (readonly Transcript[])[] = [];
    const run = grpo({ ...small, klCoefficient: 0.1 }, { ...training(1), onTranscripts: (seen) => transcripts.push(seen) });
    const chunk = await run.actor.collect(run.learner.weights);
    const metrics = await run.learner.learn(chunk);
    expect(Math.abs(metrics.approximateKl)).toBeLessThan(1e-10);
    expect(Math.abs(metrics.kl)).toBeLessThan(1e-10);
    expect(metrics.clipFraction).toBe(0);
    expect(transcripts[0]).toHaveLength(128);
    expect(chunk.steps).toBe(transcripts[0].reduce((sum, { tokens }) => sum + tokens, 0));
    expect(metrics.length).toBeCloseTo(chunk.steps / 128, 5);
    expect(metrics.reward).toBeCloseTo(chunk.episodes.reduce((sum, episode) => sum + episode.return, 0) / 128, 5);
    for (const { reason, reward } of transcripts[0]) expect(reason.endsWith(reward === 1 ? 'right' : 'wrong')).toBe(true);
    disposed(run);
  });

  it('stays nearer to its start with a divergence from it, in the loss or in the reward', async () => {
    const divergence = async (klCoefficient: number): Promise<number> => {
      const run = grpo({ ...small, klCoefficient }, training(1));
      const seen = await advance(run, 20);
      disposed(run);
      return seen[19].kl;
    };
    expect(await divergence(1)).toBeLessThan(0.5 * (await divergence(1e-6)));
    const probed = grpo({ ...small, klCoefficient: 0.5, klPlacement: 'reward', klEstimator: 'k1' }, training(1));
    const seen = await advance(probed, 10);
    expect(seen[0].kl).toBeCloseTo(0, 5);
    expect(seen[9].kl).not.toBeCloseTo(0, 3);
    disposed(probed);
  });

  it.each([
    ['grpo', { ...grpoPresets.grpo, epochs: 2, minibatchPrompts: 8 }],
    ['dapo', grpoPresets.dapo],
    ['rloo', { ...grpoPresets.rloo, accumulate: 2 }],
  ])('continues exactly from a snapshot: %s', async (_, preset) => {
    const settings = { ...small, ...preset };
    await expectToContinue((seed) => grpo(settings, training(seed)));
  });

  it('draws again until groups differ', async () => {
    const rare: VerifiableTask = { ...echo, verify: (problem, text) => ({ ...echo.verify(problem, text), reward: text === problem.solution && text === 'a' ? 1 : 0 }) };
    const share = async (informative: boolean): Promise<number> => {
      const run = grpo({ ...small, informative }, { ...training(4), task: rare });
      const [{ uninformativeGroups }] = await advance(run, 1);
      disposed(run);
      return uninformativeGroups;
    };
    expect(await share(true)).toBeLessThan(await share(false));
  });

  it('leaves no tensor behind', async () => {
    await expectNoLeak(() => grpo({ ...small, klCoefficient: 0.1 }, training(1)));
  });

  it('runs eagerly to the same numbers', async () => {
    const play = async (compile: boolean): Promise<Snapshot> => {
      const run = grpo({ ...small, klCoefficient: 0.1, compile }, training(1));
      await advance(run, 2);
      const end = await treeSnapshot(run.learner.weights);
      disposed(run);
      return end;
    };
    expect(snapshotDifference(await play(true), await play(false), 1e-3)).toBeUndefined();
  });
});

describe('supervised', () => {
  it('learns worked solutions, and their end', async () => {
    const run = supervised({ batchSize: 8, steps: 10, newTokens: 3, learningRate: 1e-2 }, training(1));
    const seen = await advance(run, 10);
    expect(seen[9].loss).toBeLessThan(0.1 * seen[0].loss);
    expect(run.learner.updates).toBe(100);
    const generator = tokenGenerator({ model, rows: 16, promptTokens: 2, newTokens: 3, eos: 0 });
    const { accuracy, length } = await evaluateTask(run.learner.weights, { task: echo, tokenizer, generator, problems: 64, rng: Rng.fromSeed(3) });
    expect([accuracy, length]).toEqual([1, 2]);
    disposed(run);
    await generator.dispose();
  });

  it('hands its weights on', async () => {
    const warm = supervised({ batchSize: 8, steps: 4, newTokens: 3 }, training(1));
    await advance(warm, 1);
    const next = grpo(small, { ...training(2), from: warm.learner.weights });
    expect(snapshotDifference(await treeSnapshot(next.learner.weights), await treeSnapshot(warm.learner.weights))).toBeUndefined();
    disposed(warm);
    disposed(next);
  });

  it('wants an end token', async () => {
    const endless = { ...tokenizer, eos: undefined };
    await expect(advance(supervised({}, { ...training(1), tokenizer: endless }), 1)).rejects.toThrow('the tokenizer has no end token');
    expect(() => grpo({ ...small }, { ...training(1), tokenizer: endless })).toThrow('the tokenizer has no end token');
  });
});
