import { Rng, type Tree } from '@rivulet/engine';
import { lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { alphabetTokenizer } from '../../../test/alphabetTokenizer.js';
import { calculator, room, tokenizer } from '../../../test/calculatorTask.js';
import { demonstrationSequence } from '../demonstrationSequence.js';
import { evaluateTask } from '../evaluateTask.js';
import type { TokenGenerator } from '../generation/tokenGenerator.js';
import type { MultiTurnTask } from '../multiTurnTask.js';
import { rolloutMetrics } from '../rolloutMetrics.js';
import { tokenRollout } from '../tokenRollout.js';
import { transcriptsOf } from '../transcript.js';
import { turnRoom } from '../turnRoom.js';
import type { CompletionGroup } from './completionGroup.js';
import { playGroups, type PlayGroupsOptions } from './playGroups.js';
import { scoreGroups } from './scoreGroups.js';
import { solveGroups } from './solveGroups.js';
import { taskActor } from './taskActor.js';

const weights = {} as Tree;
const rng = Rng.fromSeed(1);
/** An end token is written as `.`, a turn that is cut ends with `~`. */
const turnOf = (text: string) => ({ tokens: [...text.replace('~', '')].flatMap((letter) => (letter === '.' ? [0] : tokenizer.encode(letter))), ended: !text.endsWith('~') });

/** Writes the next turn of each episode, told by what stands before it. */
function scripted(turns: (transcript: string, i: number) => string, calls: string[][] = []): TokenGenerator {
  return {
    async generate(_, prompts) {
      const read = prompts.map((prompt) => tokenizer.decode(prompt));
      calls.push(read);
      return read.map((transcript, i) => {
        const { tokens, ended } = turnOf(turns(transcript, i));
        return { tokens, logProbs: tokens.map((_, t) => -(i + 1) - t / 10), ended };
      });
    },
    dispose: async () => undefined,
  };
}
const play = (options: Partial<PlayGroupsOptions> & Pick<PlayGroupsOptions, 'generator'>, prompts = ['3+4=']): Promise<readonly CompletionGroup[]> =>
  lastValueFrom(of(prompts.map((prompt) => ({ prompt, solution: `#${Number(prompt[0]) + Number(prompt[2])}` }))).pipe(playGroups({ task: calculator, tokenizer, room, weights, rng, ...options })));

describe('playGroups', () => {
  it('plays all episodes of a round side by side, and leaves out those that are over', async () => {
    const calls: string[][] = [];
    // Of the first problem one episode asks and one guesses; of the second both ask, one of them badly and twice.
    const script: { readonly [transcript: string]: readonly string[] } = { '3+4=': ['<3+4>', '#8.'], '3+4=<3+4>7': ['#7.'], '5+9=': ['<5+9>', '<5>'], '5+9=<5+9>14': ['#14.'], '5+9=<5>?': ['#1.'] };
    const seen = new Map<string, number>();
    const generator = scripted((transcript) => {
      const turn = seen.get(transcript) ?? 0;
      seen.set(transcript, turn + 1);
      return script[transcript][turn];
    }, calls);
    const groups = await play({ generator, groupSize: 2 }, ['3+4=', '5+9=']);
    expect(calls).toEqual([['3+4=', '3+4=', '5+9=', '5+9='], ['3+4=<3+4>7', '5+9=<5+9>14', '5+9=<5>?']]);
    expect(groups.map(({ texts, rewards, reasons }) => [texts, rewards, reasons])).toEqual([
      [['<3+4>7#7', '#8'], [1, 0], ['right', 'wrong']],
      [['<5+9>14#14', '<5>?#1'], [1, 0], ['right', 'wrong']],
    ]);
    const [asked, guessed] = groups[0].completions;
    expect(asked.tokens).toEqual([...tokenizer.encode('<3+4>7#7'), 0]);
    expect(asked.own).toEqual([true, true, true, true, true, false, true, true, true]);
    // Of the first row in both turns, with zero where the calculator wrote.
    [-1, -1.1, -1.2, -1.3, -1.4, 0, -1, -1.1, -1.2].forEach((logProb, t) => expect(asked.logProbs[t]).toBeCloseTo(logProb, 12));
    expect([asked, guessed].map(({ turns, toolCalls, ended }) => [turns, toolCalls, ended])).toEqual([[2, 1, true], [1, 0, true]]);
    expect(groups[1].completions[1].own).toEqual([true, true, true, false, true, true, true]);
    expect(transcriptsOf(groups)[2]).toEqual({ prompt: '5+9=', text: '<5+9>14#14', reward: 1, reason: 'right', tokens: 9, turns: 2, toolCalls: 1 });
  });

  it('sums the rewards of turns', async () => {
    const rewards = [0.5, -0.25, 1];
    const task: MultiTurnTask = { ...calculator, step: async (problem, state, text) => ({ ...(await calculator.step(problem, state as never, text)), reward: rewards.shift()! }) };
    const [{ rewards: sums }] = await play({ task, room: { promptTokens: 4, newTokens: 30, turnTokens: 5 }, generator: scripted((transcript) => (transcript.length > 13 ? '#7.' : '<3+4>')) });
    expect(sums).toEqual([1.25]);
  });

  it('ends an episode where no whole turn fits behind the reply, and where the task leaves it', async () => {
    const asks = scripted(() => '<3+4>');
    const at = async (newTokens: number) => {
      const [{ completions, texts, reasons, rewards }] = await play({ generator: asks, room: { promptTokens: 4, newTokens, turnTokens: 5 } });
      return [texts[0], completions[0].turns, completions[0].ended, reasons[0], rewards[0]];
    };
    // 5 tokens of a turn, 1 of the reply and 5 of the next turn are 11.
    expect(await at(10)).toEqual(['<3+4>', 1, false, 'open', 0]);
    expect(await at(11)).toEqual(['<3+4>7<3+4>', 2, false, 'open', 0]);
    expect(await at(40)).toEqual(['<3+4>7<3+4>7<3+4>', 3, false, 'tooManyTurns', 0]);
    const [cut] = transcriptsOf(await play({ generator: scripted(() => '#7~') }));
    expect([cut.reason, cut.reward]).toEqual(['unfinished, right', 1]);
  });

  it('cuts a turn behind the token that completes a stop, and tells it from one without', async () => {
    const cut = (await play({ generator: scripted((transcript) => (transcript.length > 4 ? '#7.' : '<3+4>9=')) }))[0];
    expect([cut.texts[0], cut.completions[0].ended]).toEqual(['<3+4>7#7', true]);
    // A tokenizer with a piece that holds more than the stop: the piece stays whole.
    const letters = alphabetTokenizer('3+4=<#7 ');
    const pieces = { ...letters, decode: (ids: ArrayLike<number>) => Array.from(ids, (id) => (id === 9 ? '> ' : letters.decode([id]))).join('') };
    const generator: TokenGenerator = { generate: async (_, prompts) => prompts.map(({ length }) => ({ tokens: length > 4 ? [6, 7, 0] : [...letters.encode('<3+4'), 9, 1], logProbs: [-1, -1, -1, -1, -1, -1], ended: true })), dispose: async () => undefined };
    const asked = (await play({ generator, tokenizer: pieces, task: { ...calculator, step: (problem, state, text) => calculator.step(problem, state as never, text.trim()) }, room: { promptTokens: 4, newTokens: 20, turnTokens: 6 } }))[0];
    expect(asked.texts).toEqual(['<3+4> 7#7']);
  });

  it('goes on after replies that are errors, too long, or nonsense', async () => {
    const wide = alphabetTokenizer(Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join(''));
    const replies: { readonly [text: string]: string } = { 'loop!': '<out>error: more than 200000 steps</out>', 'huge!': `<out>${'x'.repeat(1000)}</out>`, 'json!': '<out>error: the call is not JSON</out>', 'dumb!': '' };
    const hostile: MultiTurnTask = {
      ...calculator, stops: ['!'],
      step: async (_, state, text) => ({ state, reply: replies[text] ?? '', reward: text === 'done' ? 1 : 0, terminated: replies[text] === undefined, truncated: false, reason: text === 'done' ? 'right' : 'open' }),
    };
    const generator: TokenGenerator = {
      generate: async (_, prompts) => prompts.map((prompt, i) => {
        const tokens = prompt.length === 4 ? wide.encode(Object.keys(replies)[i]) : [...wide.encode('done'), 0];
        return { tokens, logProbs: tokens.map(() => -1), ended: true };
      }),
      dispose: async () => undefined,
    };
    const [{ texts, rewards, reasons, completions }] = await play({ generator, task: hostile, tokenizer: wide, groupSize: 4, room: { promptTokens: 4, newTokens: 60, turnTokens: 6 } });
    expect(texts).toEqual([`loop!${replies['loop!']}done`, 'huge!', `json!${replies['json!']}done`, 'dumb!done']);
    expect(rewards).toEqual([1, 0, 1, 1]);
    expect(reasons).toEqual(['right', 'open', 'right', 'right']);
    expect(completions.map(({ ended }) => ended)).toEqual([true, false, true, true]);
  });

  it('refuses a room without turns, and rewards that are no numbers', async () => {
    const generator = scripted(() => '#7.');
    for (const turnTokens of [undefined, 0, 13, 1.5]) expect(() => playGroups({ task: calculator, generator, tokenizer, room: { ...room, turnTokens }, weights, rng })).toThrow(`an integer from 1 to the 12 tokens of an episode, got ${turnTokens}`);
    const task: MultiTurnTask = { ...calculator, step: async (problem, state, text) => ({ ...(await calculator.step(problem, state as never, text)), reward: NaN }) };
    await expect(play({ generator, task })).rejects.toThrow("the reward of turn 0 after '3+4=' must be finite, the task gave NaN");
    expect(() => solveGroups({ task: calculator, generator, tokenizer, weights, rng })).toThrow('a task of several turns needs a room');
  });
});

describe('rollouts of several turns', () => {
  const asks = (calls?: string[][]) => scripted((transcript, i) => (i > 0 ? '#2.' : transcript.includes('>') ? `#${transcript.split('>')[1]}.` : `<${transcript.slice(0, 3)}>`), calls);

  it('are arrays in which replies are read, but not learned from', async () => {
    const seen: unknown[] = [];
    const actor = taskActor({ task: calculator, tokenizer, generator: asks(), room, prompts: 1, groupSize: 2, rng, onTranscripts: (transcripts) => seen.push(...transcripts), problems: () => ({ draw: () => [{ prompt: '3+4=', solution: '#7' }], observe: () => undefined, snapshot: () => ({ arrays: {}, data: {} }), restore: () => undefined }) });
    const { data, steps, episodes } = await actor.collect(weights);
    const rows = (name: string, width: number): number[][] => Array.from({ length: 2 }, (_, row) => Array.from(data[name].data.subarray(row * width, (row + 1) * width)));
    const prompt = tokenizer.encode('3+4=');
    expect(rows('tokens', 16)).toEqual([[...prompt, ...tokenizer.encode('<3+4>7#7'), 0, 0, 0, 0], [...prompt, ...tokenizer.encode('#2'), ...new Array<number>(10).fill(0)]]);
    expect(rows('mask', 16)).toEqual([[...new Array<number>(13).fill(1), 0, 0, 0], [...new Array<number>(7).fill(1), ...new Array<number>(9).fill(0)]]);
    expect(rows('written', 12)).toEqual([[1, 1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0], [1, 1, 1, ...new Array<number>(9).fill(0)]]);
    [[-1, -1.1, -1.2, -1.3, -1.4, 0, -1, -1.1, -1.2, 0, 0, 0], [-2, -2.1, -2.2, ...new Array<number>(9).fill(0)]].forEach((row, i) => row.forEach((logProb, t) => expect(rows('logProb', 12)[i][t]).toBeCloseTo(logProb, 6)));
    expect(['reward', 'turns', 'unfinished', 'toolCalls'].map((name) => Array.from(data[name].data))).toEqual([[1, 0], [2, 1], [0, 0], [1, 0]]);
    // The reply is no step.
    expect(steps).toBe(11);
    expect(episodes).toEqual([{ return: 1, length: 8 }, { return: 0, length: 3 }]);
    expect(seen).toHaveLength(2);
    expect(rolloutMetrics(data, 2)).toEqual({ reward: 0.5, length: 5.5, solvedGroups: 0, uninformativeGroups: 0, turns: 1.5, unfinished: 0, toolCalls: 0.5 });
  });

  it('can be scored as a whole', async () => {
    const groups$ = of([{ prompt: '3+4=', solution: '#7' }]).pipe(playGroups({ task: calculator, generator: asks(), tokenizer, room, weights, rng }), scoreGroups({ score: async (answers) => answers.map(({ text }) => ({ reward: text.length, reason: text })) }));
    expect((await lastValueFrom(groups$.pipe(toArray())))[0][0]).toMatchObject({ rewards: [8], reasons: ['<3+4>7#7'] });
  });

  it('are evaluated on held-out problems', async () => {
    const splits: string[] = [];
    const task: MultiTurnTask = { ...calculator, sample: (stream, options) => (splits.push(options.split), calculator.sample(stream, options)) };
    const { accuracy, length, turns, transcripts } = await evaluateTask(weights, { task, tokenizer, generator: asks(), room, problems: 2, rng: Rng.fromSeed(4) });
    expect(splits).toEqual(['heldOut', 'heldOut']);
    expect([transcripts.length, turns, transcripts[0].reason]).toEqual([2, 1.5, 'right']);
    expect(accuracy).toBeGreaterThanOrEqual(0.5);
    expect(length).toBe((transcripts[0].tokens + transcripts[1].tokens) / 2);
  });

  it('want to know of each token whose it is', () => {
    expect(() => tokenRollout([{ prompt: [1], tokens: [1, 2], own: [true] }], { promptTokens: 1, newTokens: 2 })).toThrow("'own' of sequence 0 must say of each of 2 tokens whose it is, it has 1 entries");
  });
});

describe('demonstrationSequence', () => {
  const options = { task: calculator, tokenizer, room };

  it('marks turns, and ends those that no stop ends', async () => {
    const shown = await calculator.demonstration({ prompt: '3+4=', solution: '#7' });
    const sequence = demonstrationSequence(shown, options);
    expect(sequence).toEqual({ prompt: tokenizer.encode('3+4='), tokens: [...tokenizer.encode('<3+4>7#7'), 0], own: [true, true, true, true, true, false, true, true, true] });
    // The same as what a policy leaves that writes these turns.
    const [{ completions }] = await play({ generator: scripted((transcript) => (transcript.includes('>') ? '#7.' : '<3+4>')) });
    expect([completions[0].tokens, completions[0].own]).toEqual([sequence.tokens, sequence.own]);
  });

  it('refuses what could not be played', async () => {
    const shown = await calculator.demonstration({ prompt: '3+4=', solution: '#7' });
    expect(() => demonstrationSequence(shown, { ...options, room: { ...room, turnTokens: 4 } })).toThrow("a turn has 5 tokens, 4 fit (turnTokens): '<3+4>'");
    expect(() => demonstrationSequence(shown, { ...options, room: { ...room, newTokens: 10 } })).toThrow('after 6 tokens no turn of 5 fits into an episode of 10 (newTokens)');
    expect(() => demonstrationSequence(shown, { ...options, tokenizer: { ...tokenizer, eos: undefined } })).toThrow('the tokenizer has no end token');
  });
});

describe('turnRoom', () => {
  it('takes no more context than an episode', () => {
    expect(turnRoom({ task: calculator, tokenizer, room })).toEqual({ promptTokens: 11, newTokens: 5, stops: [tokenizer.encode('>')] });
  });
});
