import type { DemonstrationPart, MultiTurnTask, TextProblem } from '../src/index.js';
import { alphabetTokenizer } from './alphabetTokenizer.js';

export const tokenizer = alphabetTokenizer('0123456789+=<>#?');

/** How long its texts are: `3+4=`, then at most `<3+4>`, `7` and `#7`, each turn with the end token where it needs one. */
export const room = { promptTokens: 4, newTokens: 12, turnTokens: 5 };

/** The sum of two digits, with a calculator: `<3+4>` is answered by `7`, whatever else ends with `>` by `?`. The answer is `#7`; a call costs nothing. After three turns it is over. */
export const calculator: MultiTurnTask<TextProblem, { readonly turns: number; readonly calls: number }> = {
  name: 'calculator',
  stops: ['>'],
  sample(rng) {
    const [a, b] = [rng.nextInt(10), rng.nextInt(10)];
    return { prompt: `${a}+${b}=`, solution: `#${a + b}` };
  },
  begin: () => ({ turns: 0, calls: 0 }),
  async step({ solution }, { turns, calls }, text) {
    const called = text.endsWith('>');
    const state = { turns: turns + 1, calls: calls + (called ? 1 : 0) };
    if (!called) return { state, reply: '', reward: text === solution ? 1 : 0, terminated: true, truncated: false, reason: text === solution ? 'right' : 'wrong' };
    const [, a, b] = /^<(\d)\+(\d)>$/.exec(text) ?? [];
    const truncated = state.turns === 3;
    return { state, reply: truncated ? '' : a === undefined ? '?' : `${Number(a) + Number(b)}`, reward: 0, terminated: false, truncated, reason: truncated ? 'tooManyTurns' : 'open' };
  },
  async demonstration({ prompt, solution }): Promise<DemonstrationPart[]> {
    return [
      { role: 'prompt', text: prompt },
      { role: 'model', text: `<${prompt.slice(0, -1)}>` },
      { role: 'reply', text: solution.slice(1) },
      { role: 'model', text: solution },
    ];
  },
  toolCalls: ({ calls }) => calls,
};
