import { Rng, type Schedule, tf, type Tree, treeSnapshot } from '@rivulet/engine';
import { causalTransformer } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { advance } from '../../test/advance.js';
import { disposed } from '../../test/disposed.js';
import { expectToContinue } from '../../test/expectToContinue.js';
import { echo, tokenizer } from '../../test/echoTask.js';
import type { ActorAndLearner } from '../algorithm.js';
import { expertIteration } from './methods/expertIteration.js';
import { grpo } from './methods/grpo.js';
import { learningRateSchedule, type LearningRateOptions } from './learningRateSchedule.js';
import { preferenceOptimization } from './methods/preferenceOptimization.js';
import { supervised } from './methods/supervised.js';
import { tokenPpo } from './methods/tokenPpo.js';
import type { TokenTraining } from './tokenTraining.js';
import { wholeModel } from './wholeModel.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The rate of each step, on the host and as tensors. */
function rates(options: LearningRateOptions, steps: number): number[] {
  const schedule = learningRateSchedule(options) as Schedule;
  return Array.from({ length: steps }, (_, step) => {
    const tensor = tf.tidy(() => schedule.tensor(tf.scalar(step, 'int32')).dataSync()[0]);
    expect(tensor).toBeCloseTo(schedule.at(step), 5);
    return schedule.at(step);
  });
}

const close = (actual: readonly number[], expected: readonly number[]): void => {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => expect(actual[i], `step ${i}`).toBeCloseTo(value, 6));
};

describe('learningRateSchedule', () => {
  it('is a plain number without warm-up and fall', () => {
    expect(learningRateSchedule({ learningRate: 0.25 })).toBe(0.25);
    expect(learningRateSchedule({ learningRate: 0.25, anneal: 'cosine' })).toBe(0.25);
  });

  it('rises, and falls, as worked out by hand', () => {
    close(rates({ learningRate: 1, warmupUpdates: 3 }, 6), [0.25, 0.5, 0.75, 1, 1, 1]);
    close(rates({ learningRate: 2, annealUpdates: 4 }, 6), [2, 1.5, 1, 0.5, 0, 0]);
    close(rates({ learningRate: 1, warmupUpdates: 1, annealUpdates: 2 }, 5), [0.5, 1, 0.5, 0, 0]);
    close(rates({ learningRate: 1, warmupUpdates: 1, annealUpdates: 4, anneal: 'cosine' }, 6), [0.5, 1, (1 + Math.SQRT1_2) / 2, 0.5, (1 - Math.SQRT1_2) / 2, 0]);
  });

  it('says what is wrong', () => {
    expect(() => learningRateSchedule({ learningRate: 1, warmupUpdates: -1 })).toThrow('warmupUpdates must be finite and at least 0, got -1');
    expect(() => learningRateSchedule({ learningRate: NaN })).toThrow('learningRate must be finite');
  });
});

const model = causalTransformer({ vocab: tokenizer.vocabSize, dim: 16, layers: 1, heads: 2, context: 8 });
const training = (seed: number): TokenTraining => ({ policy: wholeModel(model), task: echo, tokenizer, promptTokens: 2, rng: Rng.fromSeed(seed) });

/** How far all parameters go in so many rounds of one gradient step each. */
async function distances(make: (rate: LearningRateOptions & { readonly compile: boolean }) => ActorAndLearner<Tree>, rate: Omit<LearningRateOptions, 'learningRate'>, rounds: number, compile: boolean): Promise<number[]> {
  const run = make({ learningRate: 1e-3, ...rate, compile });
  const seen: number[] = [];
  let last = await treeSnapshot(run.learner.weights);
  for (let i = 0; i < rounds; i++) {
    await advance(run, 1);
    const next = await treeSnapshot(run.learner.weights);
    const before = last;
    seen.push(Math.sqrt(Object.entries(next.arrays).reduce((sum, [path, { data }]) => sum + Array.from(data).reduce((own: number, value: number, j: number) => own + (value - before.arrays[path].data[j]) ** 2, 0), 0)));
    last = next;
  }
  disposed(run);
  return seen;
}

describe('a learning rate that rises and falls', () => {
  const one = { prompts: 8, groupSize: 4, newTokens: 3 } as const;
  const algorithms = {
    grpo: (rate) => grpo({ ...one, ...rate }, training(1)),
    tokenPpo: (rate) => tokenPpo({ ...one, epochs: 1, ...rate }, training(1)),
    expertIteration: (rate) => expertIteration({ ...one, ...rate }, training(1)),
    preferenceOptimization: (rate) => preferenceOptimization({ ...one, ...rate }, training(1)),
    supervised: (rate) => supervised({ batchSize: 8, steps: 1, newTokens: 3, ...rate }, training(1)),
  } satisfies { readonly [name: string]: (rate: LearningRateOptions & { readonly compile: boolean }) => ActorAndLearner<Tree> };

  it.each(Object.entries(algorithms).flatMap(([name, make]) => [true, false].map((compile) => ({ name, make, compile }))))('is that of $name, compiled: $compile', async ({ make, compile }) => {
    const [plain] = await distances(make, {}, 1, compile);
    const warmed = await distances(make, { warmupUpdates: 1, annealUpdates: 1 }, 3, compile);
    expect(plain).toBeGreaterThan(1e-4);
    // The first step is half a step; the third, and all after it, are none.
    expect(warmed[0] / plain).toBeCloseTo(0.5, 3);
    expect(warmed[1]).toBeGreaterThan(0);
    expect(warmed[2]).toBe(0);
  });

  it('continues exactly from a snapshot', async () => {
    const settings = { ...one, warmupUpdates: 2, annealUpdates: 6, anneal: 'cosine' } as const;
    await expectToContinue((seed) => grpo(settings, training(seed)), { before: 3, after: 3 });
  });
});
