import type { ChatMessage } from '../tokenizers/chatTemplate.js';
import { readBody } from './readBody.js';
import { waitFor } from './waitFor.js';

/** What {@link chatClient} takes. */
export interface ChatClientOptions {
  /** The address up to and with the version, such as `http://localhost:8000/v1`. */
  readonly url: string;
  readonly model: string;
  /** Sent as a bearer token; none unless given. */
  readonly apiKey?: string;
  /** Milliseconds that one try may take; 60 000 unless given. */
  readonly timeoutMs?: number;
  /** How often a failed request is tried again; 4 unless given. */
  readonly retries?: number;
  /** Milliseconds before the first retry; each later one waits twice as long. 500 unless given. */
  readonly backoffMs?: number;
  /** The longest wait, also where the server names one (Retry-After); 30 000 unless given. */
  readonly maxBackoffMs?: number;
  /** The longest answer that is read, in bytes; 16 MiB unless given. */
  readonly maxBytes?: number;
  /** Requests at the same time; 8 unless given. */
  readonly concurrency?: number;
}

/** How one request is sampled: sent as it is named in the protocol. */
export interface ChatSampling {
  readonly temperature?: number;
  readonly topP?: number;
  readonly maxTokens?: number;
  readonly stop?: readonly string[];
  readonly seed?: number;
  /** The number of replies; 1 unless given. */
  readonly n?: number;
  /** Further fields of the request, such as `response_format` or what a server adds to the protocol. */
  readonly extra?: { readonly [field: string]: unknown };
  readonly signal?: AbortSignal;
}

/** One reply of a model. */
export interface ChatReply {
  readonly text: string;
  /** 'stop', 'length', or what the server says. */
  readonly finishReason: string;
}

/** A model behind a server. */
export interface ChatClient {
  /**
   * The replies to a conversation.
   * @throws (rejects) with the address, the number of tries and the server's words: at once where trying again is of no use (4xx other than 408, 409, 425 and 429, an answer that is not of the protocol),
   * else after the last try.
   */
  complete(messages: readonly ChatMessage[], sampling?: ChatSampling): Promise<ChatReply[]>;
}

/** A failure that may pass; `waitMs` is what the server asks for. */
class Passing extends Error {
  constructor(message: string, readonly waitMs = 0, options?: ErrorOptions) {
    super(message, options);
  }
}

/**
 * A client of the chat completions that OpenAI-compatible servers offer (vLLM, llama.cpp, Ollama and others): POST url/chat/completions. Failures that may pass are tried again with exponential waits:
 * no connection, a timeout, a broken answer, 408, 409, 425, 429 and 5xx. It draws no random numbers: waits are the same every time.
 *
 * @throws when an option is out of range.
 */
export function chatClient(options: ChatClientOptions): ChatClient {
  const { url, timeoutMs = 60_000, retries = 4, backoffMs = 500, maxBackoffMs = 30_000, maxBytes = 16 * 2 ** 20, concurrency = 8 } = options;
  if (!/^https?:\/\//.test(url)) throw new Error(`chatClient: url must begin with http:// or https://, got ${JSON.stringify(url)}`);
  for (const [name, value, least] of [['timeoutMs', timeoutMs, 1], ['retries', retries, 0], ['backoffMs', backoffMs, 0], ['maxBackoffMs', maxBackoffMs, 0], ['maxBytes', maxBytes, 1], ['concurrency', concurrency, 1]] as const) {
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`chatClient: ${name} must be an integer of at least ${least}, got ${value}`);
  }
  const address = `${url.replace(/\/+$/, '')}/chat/completions`;
  const slots = new Slots(concurrency);

  const once = async (body: string, signal: AbortSignal | undefined): Promise<ChatReply[]> => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const headers = { 'content-type': 'application/json', ...(options.apiKey === undefined ? {} : { authorization: `Bearer ${options.apiKey}` }) };
    let status: number;
    let text: string;
    let retryAfter: string | null;
    try {
      const response = await fetch(address, { method: 'POST', headers, body, signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]) });
      [status, retryAfter, text] = [response.status, response.headers.get('retry-after'), await readBody(response, maxBytes)];
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof RangeError) throw error;
      throw new Passing(timeout.aborted ? `no answer within ${timeoutMs} ms` : `no connection: ${causeOf(error)}`, 0, { cause: error });
    }
    if (status === 200) return replies(text);
    const words = `status ${status}: ${excerpt(text)}`;
    if (status >= 500 || [408, 409, 425, 429].includes(status)) throw new Passing(words, 1000 * Math.max(0, Number(retryAfter ?? 0) || 0));
    throw new Error(words);
  };

  return {
    async complete(messages, sampling = {}) {
      const { temperature, topP, maxTokens, stop, seed, n, extra, signal } = sampling;
      const body = JSON.stringify({ model: options.model, messages, temperature, top_p: topP, max_tokens: maxTokens, stop, seed, n, ...extra });
      return slots.use(async () => {
        for (let tries = 1; ; tries++) {
          try {
            signal?.throwIfAborted();
            return await once(body, signal);
          } catch (error) {
            signal?.throwIfAborted();
            const again = error instanceof Passing && tries <= retries;
            if (!again) throw new Error(`chatClient: ${address} failed after ${tries} ${tries === 1 ? 'try' : 'tries'}: ${(error as Error).message}`, { cause: error });
            await waitFor(Math.min(maxBackoffMs, Math.max(error.waitMs, backoffMs * 2 ** (tries - 1))), signal);
          }
        }
      });
    },
  };
}

/** The replies in an answer of the protocol. */
function replies(text: string): ChatReply[] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    // A connection that was cut looks like this.
    throw new Passing(`the answer is not JSON: ${excerpt(text)}`, 0, { cause: error });
  }
  const choices = (answer as { choices?: unknown } | null)?.choices;
  if (!Array.isArray(choices) || choices.length === 0) throw new Error(`the answer holds no choices: ${excerpt(text)}`);
  return choices.map((choice: { message?: { content?: unknown }; finish_reason?: unknown } | null, i) => {
    const content = choice?.message?.content ?? '';
    if (typeof content !== 'string') throw new Error(`choice ${i} holds no text: ${excerpt(text)}`);
    return { text: content, finishReason: typeof choice?.finish_reason === 'string' ? choice.finish_reason : 'unknown' };
  });
}

function excerpt(text: string): string {
  const line = text.slice(0, 400).replace(/\s+/g, ' ').trim();
  return line === '' ? 'no text' : line.slice(0, 200);
}

/** The innermost reason of a failed fetch, such as ECONNREFUSED. */
function causeOf(error: unknown): string {
  let cause = error;
  while (cause instanceof Error && cause.cause !== undefined) cause = cause.cause;
  if (cause instanceof AggregateError) cause = cause.errors[0];
  const { code, message } = cause as { code?: string; message?: string };
  return message !== undefined && message !== '' ? message : (code ?? String(cause));
}

/** Lets so many run at once; the others wait in order. */
class Slots {
  readonly #waiting: (() => void)[] = [];

  constructor(private free: number) {}

  async use<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.free++;
      else next();
    }
  }
}
