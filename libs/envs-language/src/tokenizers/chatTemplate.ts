import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { formatDate } from './formatDate.js';

/** One message of a conversation, as chat templates expect it. */
export interface ChatMessage {
  /** 'system', 'user', 'assistant', 'tool', or what the template knows. */
  readonly role: string;
  readonly content: string;
  /** Further fields that a template may read, such as `tool_calls`. */
  readonly [field: string]: unknown;
}

/** How {@link ChatTemplate.render} writes. */
export interface RenderOptions {
  /** Whether the header of the answer to come is added; false unless given. */
  readonly addGenerationPrompt?: boolean;
  /** Descriptions of tools, as JSON schemas. */
  readonly tools?: readonly unknown[];
  /** What `strftime_now` writes, as UTC; templates that ask for the date fail without it. */
  readonly date?: Date;
  /** Further variables, such as `bos_token` or `enable_thinking`. */
  readonly variables?: { readonly [name: string]: unknown };
}

/** A chat template, parsed. */
export interface ChatTemplate {
  /**
   * The conversation as one text.
   * @throws with the template's own words where it refuses the messages.
   */
  render(messages: readonly ChatMessage[], options?: RenderOptions): string;
}

/**
 * The Jinja template of a model (`chat_template` in tokenizer_config.json): messages become the text that the model was trained on. The text holds its special tokens itself.
 * Unlike the reference implementation it reads no clock.
 *
 * @throws when the template does not parse.
 */
export function chatTemplate(template: string): ChatTemplate {
  const program = parsed(template);
  return {
    render(messages, { addGenerationPrompt = false, tools, date, variables = {} } = {}) {
      const environment = globals(date);
      const own = { messages, add_generation_prompt: addGenerationPrompt, ...(tools === undefined ? {} : { tools }) };
      for (const [name, value] of Object.entries({ ...variables, ...own })) environment.set(name, value);
      try {
        return String(new Interpreter(environment).run(program).value);
      } catch (error) {
        throw new Error(`chatTemplate: ${(error as Error).message}`, { cause: error });
      }
    },
  };
}

function parsed(template: string): ReturnType<typeof parse> {
  try {
    return parse(tokenize(template, { lstrip_blocks: true, trim_blocks: true }));
  } catch (error) {
    throw new Error(`chatTemplate: the template does not parse: ${(error as Error).message}`, { cause: error });
  }
}

/** The constants and functions that templates count on. */
function globals(date: Date | undefined): Environment {
  const environment = new Environment();
  for (const [names, value] of [[['true', 'True'], true], [['false', 'False'], false], [['none', 'None'], null]] as const) for (const name of names) environment.set(name, value);
  environment.set('range', range);
  environment.set('raise_exception', (message: string) => {
    throw new Error(message);
  });
  environment.set('strftime_now', (format: string) => {
    if (date === undefined) throw new Error("the template writes today's date: pass one as date");
    return formatDate(date, format);
  });
  return environment;
}

function range(first: number, end?: number, step = 1): number[] {
  const [start, stop] = end === undefined ? [0, first] : [first, end];
  if (step === 0) throw new Error('range: the step must not be 0');
  const count = Math.max(0, Math.ceil((stop - start) / step));
  if (!(count <= 1e6)) throw new Error(`range: ${count} numbers are too many`);
  return Array.from({ length: count }, (_, i) => start + i * step);
}
