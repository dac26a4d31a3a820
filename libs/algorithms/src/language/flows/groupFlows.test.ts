import { Rng, type Tree } from '@rivulet/engine';
import { from, lastValueFrom, type MonoTypeOperatorFunction, of, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { echo, tokenizer } from '../../../test/echoTask.js';
import { bestAndWorst } from './bestAndWorst.js';
import { bestOfGroup } from './bestOfGroup.js';
import type { CompletionGroup } from './completionGroup.js';
import { informativeGroups } from './informativeGroups.js';
import { scoreGroups } from './scoreGroups.js';
import { taskActor } from './taskActor.js';
import type { TokenGenerator } from '../generation/tokenGenerator.js';
import { transcriptsOf } from '../transcript.js';
import { verifierScorer } from './verifierScorer.js';
import { writeGroups } from './writeGroups.js';

/** A group whose completions are its rewards, written out. */
const group = (...rewards: number[]): CompletionGroup => ({
  problem: { prompt: 'a=', solution: 'a' },
  prompt: [2, 5],
  completions: rewards.map((_, i) => ({ tokens: [i], logProbs: [-i], ended: true })),
  texts: rewards.map(String),
  rewards,
  reasons: rewards.map((reward, i) => `${i}: ${reward}`),
});

const marbles = (run: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void): void => new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(run);
const values = { a: group(1, 1), b: group(0, 0), B: group(0, 1), C: group(1, 0), D: group(0.4, 0.6) };
const passes = (operator: MonoTypeOperatorFunction<CompletionGroup>, source: string, expected: string): void =>
  marbles(({ cold, expectObservable }) => expectObservable(cold(source, values).pipe(operator)).toBe(expected, values));

/** Repeats the letter that it is asked for, but in the last of a group. */
const generator = (calls: number[][][] = []): TokenGenerator => ({
  async generate(_, prompts) {
    calls.push(prompts.map((prompt) => [...prompt]));
    return prompts.map(([letter], i) => ({ tokens: i % 2 === 0 ? [letter, 0] : [5], logProbs: i % 2 === 0 ? [-0.1, -0.2] : [-3], ended: i % 2 === 0 }));
  },
  dispose: async () => undefined,
});
const weights = {} as Tree;

describe('informativeGroups', () => {
  it('passes groups that differ as they come, and ends with the last one asked for', () => {
    passes(informativeGroups(2), 'a-B-b-C-D-|', '--B---(C|)');
  });

  it('fills up with the earliest others when the source ends', () => {
    passes(informativeGroups(3), 'a-B-b-|', '--B---(ab|)');
    passes(informativeGroups(2), 'a-B-b-|', '--B---(a|)');
    passes(informativeGroups(3), 'a-|', '--(a|)');
  });

  it('wants as much deviation as it is told', () => {
    // 0.4 and 0.6 deviate by 0.1, 0 and 1 by 0.5.
    passes(informativeGroups(1, { minDeviation: 0.4 }), 'D-B-|', '--(B|)');
    passes(informativeGroups(1, { minDeviation: 0.09 }), 'D-B-|', '(D|)');
  });

  it('forgets between two subscriptions, and stops what is upstream', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('a-B-C-|', values);
      const informative$ = source$.pipe(informativeGroups(1));
      expectObservable(informative$).toBe('--(B|)', values);
      expectObservable(informative$).toBe('--(B|)', values);
      expectSubscriptions(source$.subscriptions).toBe(['^-!', '^-!']);
    });
  });
});

describe('what is kept of a group', () => {
  it('is the best completion, of several the first', async () => {
    const kept = await lastValueFrom(from([group(0, 2, 2, 1), group(-1, -3)]).pipe(bestOfGroup(), toArray()));
    expect(kept.map(({ rewards, texts, reasons, completions }) => [rewards, texts, reasons, completions[0].tokens])).toEqual([
      [[2], ['2'], ['1: 2'], [1]],
      [[-1], ['-1'], ['0: -1'], [0]],
    ]);
  });

  it('is the best completion and the worst', async () => {
    const kept = await lastValueFrom(from([group(1, 2, 0, 0), group(1, 1)]).pipe(bestAndWorst(), toArray()));
    expect(kept.map(({ reasons }) => reasons)).toEqual([['1: 2', '2: 0'], ['0: 1', '0: 1']]);
  });
});

describe('rollout and scoring', () => {
  it('write and judge a round in one call each', async () => {
    const calls: number[][][] = [];
    const problems = ['b', 'a'].map((letter) => ({ prompt: `${letter}=`, solution: letter }));
    const rounds$ = of(problems).pipe(writeGroups({ generator: generator(calls), tokenizer, weights, groupSize: 2, rng: Rng.fromSeed(1) }), scoreGroups(verifierScorer(echo)));
    const groups = await lastValueFrom(rounds$);
    expect(calls).toEqual([[[3, 5], [3, 5], [2, 5], [2, 5]]]);
    expect(groups.map(({ problem, texts, rewards, prompt }) => [problem, texts, rewards, prompt])).toEqual([
      [problems[0], ['b', '='], [1, 0], [3, 5]],
      [problems[1], ['a', '='], [1, 0], [2, 5]],
    ]);
    expect(transcriptsOf(groups)[1]).toEqual({ prompt: 'b=', text: '=', reward: 0, reason: 'unfinished, wrong', tokens: 1 });
  });

  it('refuse a reward that is not finite', async () => {
    const scored$ = of([group(1)]).pipe(scoreGroups({ score: async () => [{ reward: NaN, reason: '' }] }));
    await expect(lastValueFrom(scored$)).rejects.toThrow("the reward of '1' after 'a=' must be finite, the scorer gave NaN");
  });
});

describe('taskActor', () => {
  const actorWith = (select: MonoTypeOperatorFunction<CompletionGroup>, rewards: (call: number) => number, rounds = 4) => {
    let call = 0;
    return taskActor({
      task: echo,
      tokenizer,
      generator: generator(),
      room: { promptTokens: 2, newTokens: 3 },
      prompts: 2,
      groupSize: 2,
      rounds,
      select,
      scorer: { score: async (answers) => answers.map((_, i) => ({ reward: i % 2 === 0 ? rewards(call++) : 0, reason: '' })) },
      rng: Rng.fromSeed(1),
    });
  };

  it('draws rounds until there are enough groups, and counts all of them', async () => {
    // Groups 0, 1 | 2, 3 | 4, 5: the fourth and the fifth differ.
    const { data, episodes, steps } = await actorWith(informativeGroups(2), (call) => (call === 3 || call === 4 ? call : 0)).collect(weights);
    expect(Array.from(data.reward.data)).toEqual([3, 0, 4, 0]);
    expect(episodes.map((episode) => episode.return)).toEqual([0, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0, 0]);
    expect(steps).toBe(18);
  });

  it('draws at most so many', async () => {
    const { data, episodes } = await actorWith(informativeGroups(2), (call) => (call === 5 ? 1 : 0)).collect(weights);
    expect(Array.from(data.reward.data)).toEqual([1, 0, 0, 0]);
    expect(episodes).toHaveLength(16);
  });

  it('keeps what it is told of a group', async () => {
    const { data } = await actorWith(bestOfGroup(), (call) => call + 1, 1).collect(weights);
    expect(Array.from(data.reward.data)).toEqual([1, 2]);
  });
});
