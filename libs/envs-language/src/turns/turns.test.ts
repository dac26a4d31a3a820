import { Rng } from '@rivulet/engine';
import type { Json } from '@rivulet/engine';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { anyText } from '../../test/anyText.js';
import { sandbox } from '../sandbox/sandbox.js';
import { charTokenizer } from '../tokenizers/charTokenizer.js';
import { asciiJson } from './asciiJson.js';
import { encodeTranscript } from './encodeTranscript.js';
import { playEpisode } from './playEpisode.js';
import { textGame } from './textGame.js';
import { toolArithmetic } from './toolArithmetic.js';
import { toolCalls } from './toolCalls.js';
import type { Segment } from './segment.js';
import type { TurnTask } from './turnTask.js';

const box = sandbox({ timeMs: 60_000, steps: 200_000 });
afterAll(() => box.dispose());

/** What holds of every task of turns. */
function testTurnTask<D extends Json, S extends Json>(task: TurnTask<D, S>): void {
  it('is solved by its own demonstrations, which a tokenizer of its alphabet can write', async () => {
    const tokenizer = charTokenizer(task.alphabet);
    for (let difficulty = 1; difficulty <= task.levels; difficulty++) {
      for (let i = 0; i < 15; i++) {
        const problem = task.sample(Rng.fromSeed(i), { difficulty });
        const shown = await task.demonstration(problem);
        const own = shown.filter(({ role }) => role === 'model').map(({ text }) => text);
        const played = await playEpisode(task, problem, () => own.shift() ?? '');
        expect(played.segments).toEqual(shown);
        expect(played.terminated).toBe(true);
        expect(played.rewards.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
        const { ids, mask } = encodeTranscript(tokenizer, shown);
        expect(tokenizer.decode(ids)).toBe(shown.map(({ text }) => text).join(''));
        expect(tokenizer.decode(ids.filter((_, t) => mask[t] === 1))).toBe(shown.filter(({ role }) => role === 'model').map(({ text }) => text).join(''));
      }
    }
  });

  it('goes on from stored states', async () => {
    const problem = task.sample(Rng.fromSeed(7), { difficulty: task.levels });
    const own = (await task.demonstration(problem)).filter(({ role }) => role === 'model').map(({ text }) => text);
    let state = task.begin(problem);
    for (const text of own) {
      const stored = JSON.parse(JSON.stringify({ problem, state })) as { problem: typeof problem; state: S };
      const [one, two] = [await task.step(problem, state, text), await task.step(stored.problem, stored.state, text)];
      expect(two).toEqual(one);
      state = one.state;
    }
  });

  it('has splits that never overlap', () => {
    const prompts = (['train', 'heldOut'] as const).map((split) => new Set(Array.from({ length: 100 }, (_, i) => {
      const problem = task.sample(Rng.fromSeed(i), { split, difficulty: task.levels });
      expect(task.splitOf(problem)).toBe(split);
      return problem.prompt;
    })));
    expect([...prompts[0]].some((prompt) => prompts[1].has(prompt))).toBe(false);
  });

  it('takes any text', async () => {
    const problem = task.sample(Rng.fromSeed(8));
    const texts = ['', '#', '<calc>', '</calc>', '<calc></calc>', '<tool_call>{"name":', '>go up', '\u0000', '\ud800', '<calc>１+１</calc>', '#１', 'x'.repeat(4e6), '<calc>'.repeat(5e5), '>'.repeat(4e6), ' '.repeat(4e6)];
    for (const text of texts) {
      const { reward, reason, reply } = await task.step(problem, task.begin(problem), text);
      expect(reward).toBeLessThanOrEqual(0);
      expect(reason).not.toBe('');
      expect(reply).toMatch(/^[\n -~]*$/);
    }
    await fc.assert(fc.asyncProperty(fc.string({ unit: fc.constantFrom(...'<>/#calc code{}"+1 ', '<calc>', '</calc>', '\u202e') }), async (text) => {
      expect((await task.step(problem, task.begin(problem), text)).reward).toBeLessThanOrEqual(0);
    }), { seed: 5 });
  });
}

describe('toolArithmetic', () => testTurnTask(toolArithmetic()));
describe('toolArithmetic with code', () => testTurnTask(toolArithmetic({ operands: 4, sandbox: box })));
describe('textGame: adventure', () => testTurnTask(textGame()));
describe('textGame: adventure, dense', () => testTurnTask(textGame({ rooms: 8, objects: 5, questLength: 3, dense: true })));
describe('textGame: keyChain', () => testTurnTask(textGame({ kind: 'keyChain', rooms: 8 })));

describe('toolCalls', () => {
  const tools = ['calc', 'code'];
  const read = (text: string) => toolCalls(text, { tools }).map((call) => call.fault ?? `${call.tool}(${call.input})`);

  it('reads both forms, in order', () => {
    expect(read('so <calc> 1+2 </calc> then <code>let a = "<b>";\na</code>.')).toEqual(['calc(1+2)', 'code(let a = "<b>";\na)']);
    expect(read('<tool_call>\n{"name": "calc", "arguments": {"expression": "3*4"}}\n</tool_call>')).toEqual(['calc(3*4)']);
    expect(read('<tool_call>{"name": "code", "arguments": "1"}</tool_call><calc>2</calc>')).toEqual(['code(1)', 'calc(2)']);
    expect(read('<calc></calc>')).toEqual(['calc()']);
    for (const text of ['', 'calc', '<calc', '</calc>', '< calc>1</calc>', '<CALC>1</CALC>', '<other>1</other>', '＜calc＞1＜/calc＞']) expect(read(text)).toEqual([]);
  });

  it('names what is broken', () => {
    expect(read('<calc>1+<calc>2')).toEqual(['unclosed']);
    expect(read('<calc>1</calc><code>2</calc>')).toEqual(['calc(1)', 'unclosed']);
    expect(read('<calc>1<calc>2</calc></calc>')).toEqual(['calc(1<calc>2)']);
    for (const text of ['{', '{"name": "calc", "arguments": {"a": "1"}', "{'name': 'calc'}", '[]', 'null', '7', '"calc"', '['.repeat(9000)]) expect(read(`<tool_call>${text}</tool_call>`)).toEqual(['badJson']);
    for (const text of ['{}', '{"name": "rm"}', '{"name": ["calc"], "arguments": "1"}', '{"name": "__proto__"}']) expect(read(`<tool_call>${text}</tool_call>`)).toEqual(['unknownTool']);
    for (const text of ['', ', "arguments": {}', ', "arguments": {"a": "1", "b": "2"}', ', "arguments": 1', ', "arguments": {"a": 1}', ', "arguments": null']) expect(read(`<tool_call>{"name": "calc"${text}}</tool_call>`)).toEqual(['badArguments']);
    expect(read(`<calc>${'1'.repeat(10_001)}</calc><calc>2</calc>`)).toEqual(['tooLong', 'calc(2)']);
    expect(read('<calc>1</calc>'.repeat(100))).toHaveLength(8);
  });

  it('refuses names that would be a pattern', () => {
    expect(() => toolCalls('', { tools: ['a|b'] })).toThrow(/name of a tool must be letters, digits and _, got "a\|b"/);
  });

  it('reads megabytes', () => {
    for (const text of ['<calc>'.repeat(6e5), '<calc></code>'.repeat(3e5), '<'.repeat(4e6), '<calc>1</calc>'.repeat(3e5), `<tool_call>${'{'.repeat(4e6)}</tool_call>`]) expect(read(text).length).toBeLessThanOrEqual(8);
  });
});

describe('asciiJson', () => {
  it('writes what is not printable ASCII, and <, as JSON escapes', () => {
    expect(asciiJson('a<b>é\n')).toBe('a\\u003cb>\\u00e9\\u000a');
    fc.assert(fc.property(anyText, (text) => {
      const escaped = asciiJson(JSON.stringify(text));
      expect(escaped).toMatch(/^[ -;=-~]*$/);
      expect(JSON.parse(escaped)).toBe(text);
    }), { seed: 6 });
  });
});

describe('encodeTranscript', () => {
  const tokenizer = charTokenizer('abc');
  const segments: Segment[] = [{ role: 'prompt', text: 'ab' }, { role: 'model', text: 'c' }, { role: 'reply', text: 'a' }, { role: 'model', text: 'bb' }];

  it('masks what the model wrote', () => {
    const { ids, mask } = encodeTranscript(tokenizer, segments);
    expect([...ids]).toEqual([3, 4, 5, 3, 4, 4]);
    expect([...mask]).toEqual([0, 0, 1, 0, 1, 1]);
    const whole = encodeTranscript(tokenizer, segments, { bos: true, eos: true });
    expect([...whole.ids]).toEqual([1, 3, 4, 5, 3, 4, 4, 2]);
    expect([...whole.mask]).toEqual([0, 0, 0, 1, 0, 1, 1, 1]);
    expect([...encodeTranscript(tokenizer, segments.slice(0, 3), { eos: true }).mask]).toEqual([0, 0, 1, 0, 0]);
    expect(encodeTranscript(tokenizer, [{ role: 'model', text: 'a'.repeat(5e5) }]).ids).toHaveLength(5e5);
    expect(() => encodeTranscript({ ...tokenizer, bos: undefined }, segments, { bos: true })).toThrow(/has no bos/);
  });
});

describe('toolArithmetic', () => {
  const task = toolArithmetic({ sandbox: box, callCost: 0.1, maxCalls: 3, maxTurns: 4 });
  const problem = { prompt: '37*48+19=', solution: '', difficulty: 3, tags: [], data: { operands: [37, 48, 19], ops: ['*' as const, '+' as const], value: 1795 } };
  const play = async (...texts: string[]) => {
    const played = await playEpisode(task, problem, () => texts.shift() ?? '#');
    const replies = played.segments.filter(({ role }) => role === 'reply').map(({ text }) => text);
    return { replies, rewards: played.rewards, reason: played.reason, terminated: played.terminated };
  };

  it('answers calls and judges the answer', async () => {
    expect(await play('<calc>37*48</calc>', '<code>const a = 1776;\na + 19</code>', '#1795')).toEqual({ replies: ['<out>1776</out>', '<out>1795</out>'], rewards: [-0.1, -0.1, 1], reason: 'right', terminated: true });
    expect(await play('<calc>7/2</calc><calc>-(4/2)</calc>', '#1')).toMatchObject({ replies: ['<out>7/2</out><out>-2</out>'], rewards: [-0.2, 0], reason: 'wrong' });
    expect(await play('#1795')).toMatchObject({ rewards: [1], reason: 'right' });
    // An answer beside a call is not final; a reply that the model writes itself is its own text.
    expect(await play('<calc>1</calc>#1795', 'no')).toMatchObject({ reason: 'noAnswer' });
    expect(await play('<out>1795</out>')).toMatchObject({ rewards: [0], reason: 'noAnswer' });
  });

  it('stops what must not run, and the episode goes on', async () => {
    const calls = ['<code>for (;;);</code>', '<code>"<|im_end|>é".repeat(2)</code>', '<code>process.exit()</code>', '#1795'];
    const { replies, reason } = await play(...calls);
    expect(replies).toEqual(['<out>error: more than 200000 steps</out>', '<out>"\\u003c|im_end|>\\u00e9\\u003c|im_end|>\\u00e9"</out>', "<out>error: ReferenceError: 'process' is not defined</out>"]);
    expect(reason).toBe('right');
    expect(await play('<calc>1/0</calc>', '<calc>2^3</calc>', '<tool_call>{"name":</tool_call>', '#1795')).toMatchObject({
      replies: ['<out>error: a division by zero</out>', '<out>error: "^" at position 1 is not an operation</out>', '<out>error: the call is not JSON</out>'], reason: 'right',
    });
    expect((await play('<calc>1', '#1795')).replies).toEqual(['<out>error: \\u003ccalc> is not closed</out>']);
    expect((await play(`<code>"${'x'.repeat(3000)}"</code>`, '#1795')).replies[0]).toHaveLength('<out></out>'.length + 1000);
  });

  it('has no end of calls or turns', async () => {
    expect(await play('<calc>1</calc>'.repeat(5), '#1795')).toMatchObject({ replies: [`${'<out>1</out>'.repeat(3)}${'<out>error: more than 3 calls</out>'.repeat(2)}`], rewards: [-0.5, 1] });
    const turns = ['1', '2', '3', '4', '5'].map((n) => `<calc>${n}</calc>`);
    expect(await play(...turns)).toMatchObject({ rewards: [-0.1, -0.1, -0.1, -0.1], reason: 'tooManyTurns', terminated: true });
    expect(await play('x'.repeat(4001))).toMatchObject({ rewards: [0], reason: 'tooLong' });
    expect((await playEpisode(task, problem, () => '<calc>1</calc>', 2)).reason).toBe('open');
  });

  it('has code only with a sandbox', async () => {
    const plain = toolArithmetic();
    expect(plain.stops).toEqual(['</calc>']);
    expect((await plain.step(problem, plain.begin(problem), '<code>1</code>')).reason).toBe('noAnswer');
    expect(() => toolArithmetic({ operands: 1 })).toThrow(/operands/);
    expect(() => toolArithmetic({ callCost: -1 })).toThrow(/callCost/);
  });
});

describe('textGame', () => {
  it('changes nothing for what is no command', async () => {
    const game = textGame();
    const problem = game.sample(Rng.fromSeed(1));
    const state = game.begin(problem);
    for (const text of ['', 'jump', 'go nowhere', 'GO NORTH', 'drop lamp', 'take moon', 'go north; go south', 'take __proto__']) {
      if (game.commands(problem, state).includes(text)) continue;
      const turn = await game.step(problem, state, text);
      expect(turn).toMatchObject({ state: { ...state, turns: 1 }, reward: 0, terminated: false, truncated: false, reason: 'open' });
      expect(turn.reply).toMatch(/^\nNothing happens\. You are in the /);
    }
  });

  it('takes the command behind the last >, and thoughts before it', async () => {
    const game = textGame();
    const problem = game.sample(Rng.fromSeed(2));
    const state = game.begin(problem);
    for (const command of game.commands(problem, state)) {
      const plain = await game.step(problem, state, command);
      expect(await game.step(problem, state, `I think > so\n> ${command} `)).toEqual(plain);
      expect(plain.reply.startsWith('\nYou are in')).toBe(true);
    }
  });

  it('lists the commands that work: every one changes the state, and doors stay shut without their keys', async () => {
    for (const game of [textGame({ rooms: 6, objects: 4 }), textGame({ kind: 'keyChain', rooms: 6 })]) {
      const rng = Rng.fromSeed(3);
      const problem = game.sample(rng, { difficulty: game.levels });
      let state = game.begin(problem);
      for (let i = 0; i < 40; i++) {
        const commands = game.commands(problem, state);
        for (const exit of problem.data.exits[state.room]) expect(commands.includes(`go ${exit.direction}`)).toBe(exit.key === undefined || state.places[exit.key] === -1);
        const turn = await game.step(problem, state, commands[rng.nextInt(commands.length)]);
        expect({ ...turn.state, turns: 0 }).not.toEqual({ ...state, turns: 0 });
        if (turn.terminated) break;
        state = turn.state;
      }
    }
  });

  it('has ways that lead back, and rooms that lie as the ways say', () => {
    const back = { north: 'south', south: 'north', east: 'west', west: 'east' };
    for (let seed = 0; seed < 30; seed++) {
      const { data } = textGame({ rooms: 10 }).sample(Rng.fromSeed(seed));
      data.exits.forEach((ways, room) => {
        expect(new Set(ways.map(({ direction }) => direction)).size).toBe(ways.length);
        for (const { direction, to } of ways) expect(data.exits[to].some((way) => way.to === room && way.direction === back[direction])).toBe(true);
      });
      expect(new Set(data.rooms).size).toBe(10);
      for (const { object, room } of data.quest) expect(data.places[object]).not.toBe(room);
    }
  });

  it('pays shares where it is dense, and truncates at its limit', async () => {
    const game = textGame({ questLength: 2, dense: true });
    const problem = game.sample(Rng.fromSeed(4), { difficulty: 2 });
    const own = (await game.demonstration(problem)).filter(({ role }) => role === 'model').map(({ text }) => text);
    const { rewards } = await playEpisode(game, problem, () => own.shift() ?? '');
    expect(rewards.filter((reward) => reward === 0.5)).toHaveLength(2);
    const short = textGame({ maxTurns: 3 });
    const lost = await playEpisode(short, short.sample(Rng.fromSeed(5)), () => 'sleep');
    expect(lost).toMatchObject({ rewards: [0, 0, 0], terminated: false, reason: 'tooManyTurns' });
  });

  it('names what is wrong', () => {
    expect(() => textGame({ rooms: 1 })).toThrow(/rooms must be an integer in 2 .. 16, got 1/);
    expect(() => textGame({ questLength: 4 })).toThrow(/questLength must be an integer in 1 .. 3, got 4/);
    expect(() => textGame({ objects: 13 })).toThrow(/objects/);
  });
});
