import { Rng, tf, type Tree } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { echo, tokenizer } from '../../../test/echoTask.js';
import type { Answer, Scorer } from './scorer.js';
import { taskActor } from './taskActor.js';
import type { TokenGenerator } from '../generation/tokenGenerator.js';
import type { Transcript } from '../transcript.js';
import { verifierScorer } from './verifierScorer.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const written = [[2, 0], [3, 0], [4, 2, 3]];
const generator = (): TokenGenerator => ({
  generate: async (_, prompts) => prompts.map((_prompt, i) => ({ tokens: written[i % 3], logProbs: written[i % 3].map(() => -1), ended: i % 3 < 2 })),
  dispose: async () => undefined,
});
const actorWith = (scorer?: Scorer, onTranscripts?: (seen: readonly Transcript[]) => void) =>
  taskActor({ task: echo, tokenizer, generator: generator(), room: { promptTokens: 2, newTokens: 3 }, prompts: 2, groupSize: 3, rng: Rng.fromSeed(1), scorer, onTranscripts });
const weights = {} as Tree;

describe('verifierScorer', () => {
  it('asks the verifier of the task', async () => {
    const problem = { prompt: 'a=', solution: 'a' };
    const answer = (text: string): Answer => ({ problem, text, prompt: [2, 5], tokens: [], ended: true });
    expect(await verifierScorer(echo).score([answer('a'), answer('b')])).toEqual([{ reward: 1, reason: 'right' }, { reward: 0, reason: 'wrong' }]);
  });
});

describe('a scorer of an actor', () => {
  it('sees what was written, and gives the rewards', async () => {
    const calls: (readonly Answer[])[] = [];
    const seen: Transcript[] = [];
    let freed = 0;
    const scorer: Scorer = {
      async score(answers) {
        calls.push(answers);
        return answers.map(({ tokens }, i) => ({ reward: tokens.length + i / 10, reason: 'length' }));
      },
      dispose: () => void freed++,
    };
    const actor = actorWith(scorer, (transcripts) => seen.push(...transcripts));
    const { data } = await actor.collect(weights);
    expect(calls).toHaveLength(1);
    expect(calls[0].map(({ text, ended }) => [text, ended])).toEqual([['a', true], ['b', true], ['cab', false], ['a', true], ['b', true], ['cab', false]]);
    for (const { problem, prompt } of calls[0]) expect(prompt).toEqual(tokenizer.encode(problem.prompt));
    expect(Array.from(data.reward.data)).toEqual([2, 2.1, 3.2, 2.3, 2.4, 3.5].map(Math.fround));
    expect(seen.map(({ reason }) => reason)).toEqual(['length', 'length', 'unfinished, length', 'length', 'length', 'unfinished, length']);
    actor.dispose();
    expect(freed).toBe(1);
  });

  it('has to judge every answer', async () => {
    await expect(actorWith({ score: async () => [] }).collect(weights)).rejects.toThrow('the scorer judged 0 of 6 answers');
  });
});
