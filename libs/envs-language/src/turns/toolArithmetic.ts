import { arithmeticTask } from '../tasks/arithmeticTask.js';
import type { ArithmeticData, ArithmeticOp } from '../tasks/arithmeticTask.js';
import { exactArithmetic } from '../tasks/exactArithmetic.js';
import type { Sandbox } from '../sandbox/sandbox.js';
import { asciiJson } from './asciiJson.js';
import { toolCalls } from './toolCalls.js';
import type { ToolCall } from './toolCalls.js';
import type { Turn, TurnTask } from './turnTask.js';

/** What {@link toolArithmetic} takes. */
export interface ToolArithmeticOptions {
  /** The most operands; 3 unless given. */
  readonly operands?: number;
  /** The most digits of an operand; 3 unless given. */
  readonly digits?: number;
  /** ['+', '-', '*'] unless given. */
  readonly ops?: readonly ArithmeticOp[];
  /** Where `<code>` runs; without one there is no such tool. It stays the caller's to dispose of. */
  readonly sandbox?: Sandbox;
  /** What each call costs; 0 unless given. */
  readonly callCost?: number;
  /** The most calls of an episode; 4 unless given. Further ones get an error. */
  readonly maxCalls?: number;
  /** The most turns; 6 unless given. */
  readonly maxTurns?: number;
  /** The longest turn, in characters; 4000 unless given. */
  readonly maxLength?: number;
  /** 0.1 unless given. */
  readonly heldOut?: number;
}

/** The state of a {@link toolArithmetic} episode. */
export type ToolArithmeticState = { readonly turns: number; readonly calls: number };

/**
 * Arithmetic that is too long to be done by heart, with tools. A turn with calls, `<calc>37*48</calc>` or `<code>37 * 48</code>`, is answered by what they give, `<out>1776</out>` for each; a turn without
 * calls is the answer, behind `#`. So `37*48+19=` is solved in two turns: `<calc>37*48+19</calc>`, `#1795`. Both forms of `toolCalls` are read.
 *
 * The calculator is exact; code runs in the sandbox with the limits that it has, so endless loops, huge values and forbidden things come back as `<out>error: …</out>`, and the episode goes on. Replies
 * are printable ASCII without `<`. The reward is that of the answer, 0 or 1, less `callCost` for each call. Reasons besides those of `arithmeticTask`: 'tooManyTurns' and, for a turn that is longer than
 * maxLength, 'tooLong'.
 *
 * @throws when an option is out of range.
 */
export function toolArithmetic(options: ToolArithmeticOptions = {}): TurnTask<ArithmeticData, ToolArithmeticState> {
  const { operands = 3, digits = 3, ops = ['+', '-', '*'], sandbox, callCost = 0, maxCalls = 4, maxTurns = 6, maxLength = 4000, heldOut } = options;
  if (!Number.isInteger(operands) || operands < 2) throw new Error(`toolArithmetic: operands must be an integer of at least 2, got ${operands}`);
  if (!(callCost >= 0)) throw new Error(`toolArithmetic: callCost must not be negative, got ${callCost}`);
  const base = arithmeticTask({ ops, digits, steps: operands - 1, style: 'direct', heldOut });
  const tools = sandbox === undefined ? ['calc'] : ['calc', 'code'];

  const use = async (call: ToolCall): Promise<string> => {
    if (call.fault !== undefined) return `error: ${call.detail}`;
    if (call.tool === 'calc') return calculated(call.input);
    const result = await sandbox?.run(call.input);
    return result === undefined ? 'error: there is no such tool' : result.ok ? result.json : `error: ${result.message}`;
  };

  return {
    name: 'toolArithmetic',
    alphabet: Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).join(''),
    levels: base.levels,
    stops: tools.map((tool) => `</${tool}>`),
    sample(rng, sampling) {
      const problem = base.sample(rng, sampling);
      const expression = problem.prompt.slice(0, -1);
      return { ...problem, solution: `<calc>${expression}</calc><out>${problem.data.value}</out>${problem.solution}` };
    },
    splitOf: base.splitOf,
    begin: () => ({ turns: 0, calls: 0 }),
    toolCalls: ({ calls }) => calls,
    async step(problem, { turns, calls }, text) {
      const over = (reward: number, reason: string, detail?: string): Turn<ToolArithmeticState> => ({
        state: { turns: turns + 1, calls }, reply: '', reward, terminated: true, truncated: false, reason, ...(detail === undefined ? {} : { detail }),
      });
      if (text.length > maxLength) return over(0, 'tooLong', `${text.length} characters, at most ${maxLength} are read`);
      const found = toolCalls(text, { tools });
      if (found.length === 0) {
        const { reward, reason, detail } = base.verify(problem, text);
        return over(reward, reason, detail);
      }
      const reward = 0 - callCost * found.length;
      if (turns + 1 >= maxTurns) return over(reward, 'tooManyTurns', `no answer in ${maxTurns} turns`);
      const outputs: string[] = [];
      for (const [i, call] of found.entries()) outputs.push(calls + i < maxCalls ? await use(call) : `error: more than ${maxCalls} calls`);
      const reply = outputs.map((output) => `<out>${asciiJson(output.slice(0, 1000))}</out>`).join('');
      return { state: { turns: turns + 1, calls: calls + found.length }, reply, reward, terminated: false, truncated: false, reason: 'open' };
    },
    demonstration({ prompt, data }) {
      return Promise.resolve([
        { role: 'prompt', text: prompt },
        { role: 'model', text: `<calc>${prompt.slice(0, -1)}</calc>` },
        { role: 'reply', text: `<out>${data.value}</out>` },
        { role: 'model', text: `#${data.value}` },
      ]);
    },
  };
}

/** The value of an expression as `7`, or `7/2` where it is no integer. */
function calculated(expression: string): string {
  const value = exactArithmetic(expression);
  if (value.fault !== undefined) return `error: ${value.detail}`;
  return value.denominator === 1n ? String(value.numerator) : `${value.numerator}/${value.denominator}`;
}
