import { Rng, tf } from '@rivulet/engine';
import { causalTransformer } from '@rivulet/networks';
import { promptPool, promptScore } from '@rivulet/replay';
import { beforeAll, describe, expect, it } from 'vitest';
import { advance } from '../../../test/advance.js';
import { snapshotOf } from '../../../test/snapshotOf.js';
import { disposed } from '../../../test/disposed.js';
import { expectToContinue } from '../../../test/expectToContinue.js';
import { echo, tokenizer } from '../../../test/echoTask.js';
import type { CompletionGroup } from './completionGroup.js';
import { grpo } from '../methods/grpo.js';
import { pooledProblems } from './pooledProblems.js';
import { supervised } from '../methods/supervised.js';
import type { TokenTraining } from '../tokenTraining.js';
import type { Transcript } from '../transcript.js';
import type { TextProblem } from '../verifiableTask.js';
import { wholeModel } from '../wholeModel.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const problems: readonly TextProblem[] = [...'abc'].map((letter) => ({ prompt: `${letter}=`, solution: letter }));
const model = causalTransformer({ vocab: tokenizer.vocabSize, dim: 32, layers: 1, heads: 2, context: 8 });
const training = (seed: number, pool = promptPool(problems)): TokenTraining => ({
  policy: wholeModel(model),
  task: echo,
  tokenizer,
  promptTokens: 2,
  problems: (rng) => pooledProblems(pool, rng),
  rng: Rng.fromSeed(seed),
});
const small = { prompts: 2, groupSize: 8, newTokens: 3, minibatchPrompts: 2, learningRate: 3e-3 } as const;

const groupOf = (problem: TextProblem, rewards: readonly number[]): CompletionGroup => ({ problem, prompt: [], completions: [], texts: [], rewards, reasons: [] });

describe('pooledProblems', () => {
  it('tells the pool what its problems earned', () => {
    const pool = promptPool(problems);
    const source = pooledProblems(pool, Rng.fromSeed(1));
    const drawn = source.draw(3);
    expect([...drawn].sort((a, b) => a.prompt.localeCompare(b.prompt))).toEqual(problems);
    source.observe(drawn.map((problem) => groupOf(problem, problem === problems[1] ? [1, 0] : [0, 0])));
    expect([0, 1, 2].map((id) => pool.stats(id).mean)).toEqual([0, 0.5, 0]);
    expect(() => source.observe([groupOf({ prompt: 'd=', solution: 'd' }, [1])])).toThrow("'d=' was not drawn from this pool");
  });

  it('feeds a run, whose rewards lead it to what is not solved yet', async () => {
    const pool = promptPool(problems, { weight: promptScore('variance'), uniformShare: 0.2, retireAbove: 0.9, decay: 0.5 });
    const seen: Transcript[] = [];
    // 'a' is taken for solved whatever is written, 'b' and 'c' never are.
    const task = { ...echo, verify: ({ solution }: TextProblem) => ({ reward: solution === 'a' ? 1 : 0, reason: '' }) };
    const run = grpo(small, { ...training(1, pool), task, onTranscripts: (transcripts) => seen.push(...transcripts) });
    await advance(run, 6);
    expect(pool.stats(0)).toMatchObject({ draws: 1, mean: 1, retired: true });
    expect(pool.stats(1).draws + pool.stats(2).draws).toBe(11);
    expect(seen.filter(({ prompt }) => prompt === 'a=')).toHaveLength(8);
    disposed(run);
  });

  it('continues exactly from a snapshot', async () => {
    const make = (seed: number) => grpo({ ...small, informative: true }, training(seed, promptPool(problems, { weight: promptScore('variance'), retireAbove: 0.95, decay: 0.9 })));
    await expectToContinue(make, { before: 3, after: 3 });
    const run = make(1);
    await advance(run, 6);
    const end = await snapshotOf(run);
    expect(Array.from(end.arrays['actor/problems/pool/draws'].data).reduce((sum: number, one: number) => sum + one, 0)).toBeGreaterThanOrEqual(12);
    disposed(run);
  });

  it('gives worked solutions too', async () => {
    const pool = promptPool(problems.slice(1, 2));
    const run = supervised({ batchSize: 4, steps: 2, newTokens: 3 }, training(1, pool));
    const { data } = await run.actor.collect(run.learner.weights);
    expect(Array.from(data.tokens.data.slice(0, 5))).toEqual([...tokenizer.encode('b='), ...tokenizer.encode('b'), 0, 0]);
    expect(pool.stats(0).draws).toBe(8);
    disposed(run);
  });
});
