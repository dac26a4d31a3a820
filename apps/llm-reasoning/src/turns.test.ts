import { demonstrationSequence, evaluateTask, grpo, playGroups, supervised, type TextProblem, tokenGenerator, type TokenGenerator, turnRoom, wholeModel } from '@rivulet/algorithms';
import { Rng, tf, type Tree } from '@rivulet/engine';
import { charTokenizer, encodeTranscript, sandbox, textGame, toolArithmetic } from '@rivulet/envs-language';
import { causalTransformer } from '@rivulet/networks';
import { lastValueFrom, of } from 'rxjs';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const EOS = 2;

describe('tasks of several turns', () => {
  it('go on after hostile turns, whose tools answer or whose episodes end', async () => {
    const box = sandbox({ timeMs: 60_000, steps: 200_000 });
    const task = toolArithmetic({ sandbox: box });
    const tokenizer = charTokenizer(task.alphabet);
    // What is written first; afterwards everybody answers.
    const first = ['<code>for (;;);</code>', '<code>"x".repeat(3000)</code>', '<tool_call>{"name":</tool_call>', '<calc>1/0</calc>', '<code>process.exit()</code>', '<calc>1', '</calc>', ''];
    let round = 0;
    const generator: TokenGenerator = {
      dispose: () => Promise.resolve(),
      generate(_, prompts) {
        round++;
        return Promise.resolve(
          prompts.map((__, i) => {
            const tokens = round === 1 ? [...tokenizer.encode(first[i]), EOS] : [...tokenizer.encode('#4'), EOS];
            return { tokens, logProbs: tokens.map(() => -1), ended: true };
          }),
        );
      },
    };
    const problem = { prompt: '2+2=', solution: '', data: { operands: [2, 2], ops: ['+' as const], value: 4 } } as TextProblem;
    const room = { promptTokens: 8, newTokens: 200, turnTokens: 40 };
    const [group] = await lastValueFrom(of([problem]).pipe(playGroups({ task, generator, tokenizer, room, weights: {} as Tree, groupSize: first.length, rng: Rng.fromSeed(1) })));
    await box.dispose();
    const outcome = (i: number) => ({ text: group.texts[i], reward: group.rewards[i], turns: group.completions[i].turns });
    // The endless loop, broken JSON, division by nothing, the forbidden global and the call that does not end come back as replies; the next turn is right.
    for (const i of [0, 2, 3, 4, 5]) {
      expect(outcome(i), first[i]).toMatchObject({ reward: 1, turns: 2 });
      expect(group.texts[i]).toMatch(/<out>error: .+<\/out>#4$/);
    }
    // Three thousand letters do not fit: the episode is over without an answer.
    expect(outcome(1)).toMatchObject({ reward: 0, turns: 1 });
    expect(group.completions[1].ended).toBe(false);
    // What is no call is an answer, and here a wrong one.
    for (const i of [6, 7]) expect(outcome(i), first[i]).toMatchObject({ reward: 0, turns: 1 });
  });

  it('have demonstrations that are learned as their transcripts say', async () => {
    for (const task of [toolArithmetic({ operands: 2, digits: 1 }), textGame({ rooms: 2, objects: 1, questLength: 1 })]) {
      const tokenizer = charTokenizer(task.alphabet);
      for (let i = 0; i < 10; i++) {
        const shown = await task.demonstration(task.sample(Rng.fromSeed(i)) as never);
        const { prompt, tokens, own = [] } = demonstrationSequence(shown, { task, tokenizer, room: { promptTokens: 400, newTokens: 1000, turnTokens: 40 } });
        const { ids, mask } = encodeTranscript(tokenizer, shown);
        expect([...prompt, ...tokens].filter((token) => token !== EOS)).toEqual([...ids]);
        expect(own.filter((_, j) => tokens[j] !== EOS)).toEqual(Array.from(mask.slice(prompt.length), (one) => one === 1));
      }
    }
  });

  it('are learned: a model that guesses or asks the calculator comes to ask it, on problems that are held out', async () => {
    const task = toolArithmetic({ operands: 2, digits: 1, maxTurns: 3 });
    const tokenizer = charTokenizer(task.alphabet);
    let shown = 0;
    const mixed: typeof task = { ...task, demonstration: async (problem) => (shown++ % 2 === 1 ? task.demonstration(problem) : [{ role: 'prompt', text: problem.prompt }, { role: 'model', text: '#9' }]) };
    const room = { promptTokens: 4, newTokens: 48, turnTokens: 16 };
    const model = causalTransformer({ vocab: tokenizer.vocabSize, dim: 64, layers: 1, heads: 2, context: 52 });
    const policy = wholeModel(model);
    const generator = tokenGenerator({ model, rows: 64, ...turnRoom({ task, tokenizer, room }), eos: tokenizer.eos });
    const judge = (weights: Tree) => evaluateTask(weights, { task, tokenizer, generator, room, problems: 64, rng: Rng.fromSeed(9) });
    const training = { policy, tokenizer, promptTokens: 4, turnTokens: 16, rng: Rng.fromSeed(1) };
    const advance = async ({ actor, learner }: ReturnType<typeof grpo>, rounds: number): Promise<void> => {
      for (let i = 0; i < rounds; i++) await learner.learn(await actor.collect(learner.weights));
    };
    const warm = supervised({ batchSize: 32, steps: 10, newTokens: 48, learningRate: 6e-3 }, { ...training, task: mixed });
    await advance(warm, 20);
    const before = await judge(warm.learner.weights);
    const run = grpo({ prompts: 16, groupSize: 8, newTokens: 48, minibatchPrompts: 16, learningRate: 1e-3 }, { ...training, task, from: warm.learner.weights });
    await advance(run, 25);
    const after = await judge(run.learner.weights);
    expect(before.accuracy).toBeGreaterThan(0.2);
    expect(before.accuracy).toBeLessThan(0.75);
    expect(after.accuracy).toBeGreaterThan(0.85);
    for (const { actor, learner } of [warm, run]) {
      actor.dispose();
      learner.dispose();
    }
    await generator.dispose();
  });
});
