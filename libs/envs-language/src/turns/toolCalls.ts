import { trimAscii } from '../tasks/trimAscii.js';

/** A call that a model wrote, or what is wrong with one. */
export type ToolCall =
  | { readonly tool: string; readonly input: string; readonly fault?: undefined }
  | { readonly fault: 'unclosed' | 'badJson' | 'unknownTool' | 'badArguments' | 'tooLong'; readonly detail: string };

/** What {@link toolCalls} takes. */
export interface ToolCallsOptions {
  /** The names of the tools: letters, digits and _ only. */
  readonly tools: readonly string[];
  /** The most calls that are read; 8 unless given. */
  readonly maxCalls?: number;
  /** The longest input of a call, in characters; 10 000 unless given. */
  readonly maxInput?: number;
}

/**
 * The calls of tools in a text, in order, in one pass: `<calc>1+2</calc>` by the name of a tool, or `<tool_call>{"name": "calc", "arguments": {"expression": "1+2"}}</tool_call>`, as many published models
 * write it (`arguments` is a text, or an object with one text in it). A call that is never closed ends the reading, since it has swallowed the rest. No text throws, however broken.
 *
 * @throws when the name of a tool is not letters, digits and _.
 */
export function toolCalls(text: string, { tools, maxCalls = 8, maxInput = 10_000 }: ToolCallsOptions): ToolCall[] {
  const bad = tools.find((tool) => !/^[A-Za-z0-9_]+$/.test(tool));
  if (bad !== undefined) throw new Error(`toolCalls: the name of a tool must be letters, digits and _, got ${JSON.stringify(bad)}`);
  const open = new RegExp(`<(${[...tools, 'tool_call'].join('|')})>`, 'g');
  const calls: ToolCall[] = [];
  while (calls.length < maxCalls) {
    const match = open.exec(text);
    if (match === null) break;
    const name = match[1];
    const start = open.lastIndex;
    const end = text.indexOf(`</${name}>`, start);
    if (end < 0) {
      calls.push({ fault: 'unclosed', detail: `<${name}> is not closed` });
      break;
    }
    open.lastIndex = end + name.length + 3;
    if (end - start > maxInput) calls.push({ fault: 'tooLong', detail: `${end - start} characters, at most ${maxInput} are taken` });
    else calls.push(name === 'tool_call' ? fromJson(text.slice(start, end), tools) : { tool: name, input: trimAscii(text.slice(start, end)) });
  }
  return calls;
}

function fromJson(text: string, tools: readonly string[]): ToolCall {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { fault: 'badJson', detail: 'the call is not JSON' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { fault: 'badJson', detail: 'the call is not an object with name and arguments' };
  const { name, arguments: given } = value as { name?: unknown; arguments?: unknown };
  const tool = tools.find((each) => each === name);
  if (tool === undefined) return { fault: 'unknownTool', detail: `the tools are ${tools.join(', ')}` };
  const values = typeof given === 'object' && given !== null ? Object.values(given) : [given];
  if (values.length !== 1 || typeof values[0] !== 'string') return { fault: 'badArguments', detail: 'arguments must hold one text' };
  return { tool, input: trimAscii(values[0]) };
}
