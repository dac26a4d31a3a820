import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { chatClient } from './chatClient.js';
import type { ChatClientOptions } from './chatClient.js';
import { httpJudge } from './httpJudge.js';
import { readScore } from './readScore.js';
import { scriptedJudge } from './scriptedJudge.js';

interface Request {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: { readonly messages: { readonly role: string; readonly content: string }[]; readonly [field: string]: unknown };
}

type Answer = (response: ServerResponse, request: Request, index: number) => void;

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A local server that answers as it is told, and remembers what it was asked. */
async function stub(answer: Answer): Promise<{ url: string; requests: Request[] }> {
  const requests: Request[] = [];
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const request = { path: incoming.url ?? '', headers: incoming.headers, body: JSON.parse(Buffer.concat(parts).toString()) as Request['body'] };
      requests.push(request);
      answer(response, request, requests.length - 1);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, requests };
}

const say = (response: ServerResponse, ...texts: string[]): void => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ choices: texts.map((content, index) => ({ index, message: { role: 'assistant', content }, finish_reason: 'stop' })) }));
};
const refuse = (response: ServerResponse, status: number, text: string, headers: { [name: string]: string } = {}): void => {
  response.writeHead(status, headers);
  response.end(text);
};
const client = (url: string, options: Partial<ChatClientOptions> = {}) => chatClient({ url, model: 'tiny', backoffMs: 1, ...options });
const question = [{ role: 'user', content: '1+1?' }];

describe('chatClient', () => {
  it('asks as the protocol says, and reads the replies', async () => {
    const { url, requests } = await stub((response) => say(response, 'two', 'zwei é😀'));
    const replies = await client(`${url}/`, { apiKey: 'key' }).complete(question, { temperature: 0.5, topP: 0.9, maxTokens: 7, stop: ['\n'], seed: 3, n: 2, extra: { min_p: 0.1 } });
    expect(replies).toEqual([{ text: 'two', finishReason: 'stop' }, { text: 'zwei é😀', finishReason: 'stop' }]);
    expect(requests).toHaveLength(1);
    expect(requests[0].path).toBe('/v1/chat/completions');
    expect(requests[0].headers.authorization).toBe('Bearer key');
    expect(requests[0].body).toEqual({ model: 'tiny', messages: question, temperature: 0.5, top_p: 0.9, max_tokens: 7, stop: ['\n'], seed: 3, n: 2, min_p: 0.1 });
    await client(url).complete(question);
    expect(requests[1].body).toEqual({ model: 'tiny', messages: question });
    expect(requests[1].headers.authorization).toBeUndefined();
  });

  it.each([
    ['500', (response: ServerResponse) => refuse(response, 500, 'busy')],
    ['429', (response: ServerResponse) => refuse(response, 429, 'slow down', { 'retry-after': '0' })],
    ['a cut connection', (response: ServerResponse) => response.destroy()],
    ['a cut answer', (response: ServerResponse) => refuse(response, 200, '{"choices": [{"mess')],
    ['silence', () => undefined],
  ])('tries again after %s', async (_, fail) => {
    const { url, requests } = await stub((response, __, i) => (i < 2 ? fail(response) : say(response, 'ok')));
    expect(await client(url, { timeoutMs: 300 }).complete(question)).toEqual([{ text: 'ok', finishReason: 'stop' }]);
    expect(requests).toHaveLength(3);
  });

  it('gives up in the end, with the address, the tries and the reason', async () => {
    const { url, requests } = await stub((response) => refuse(response, 503, '{"error":\n  "no model loaded"}'));
    await expect(client(url, { retries: 2 }).complete(question)).rejects.toThrow(`chatClient: ${url}/chat/completions failed after 3 tries: status 503: {"error": "no model loaded"}`);
    expect(requests).toHaveLength(3);
    const mute = await stub(() => undefined);
    await expect(client(mute.url, { retries: 0, timeoutMs: 50 }).complete(question)).rejects.toThrow(/failed after 1 try: no answer within 50 ms/);
    // A port on which nobody listens any more.
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await expect(client(`http://127.0.0.1:${port}`, { retries: 1 }).complete(question)).rejects.toThrow(/failed after 2 tries: no connection: .*ECONNREFUSED/);
  });

  it('does not try again where that is of no use', async () => {
    const cases: [Answer, RegExp][] = [
      [(response) => refuse(response, 401, 'bad key'), /failed after 1 try: status 401: bad key/],
      [(response) => refuse(response, 404, ''), /status 404: no text/],
      [(response) => refuse(response, 200, '{}'), /the answer holds no choices: \{\}/],
      [(response) => refuse(response, 200, 'null'), /no choices/],
      [(response) => refuse(response, 200, '{"choices": []}'), /no choices/],
      [(response) => refuse(response, 200, '{"choices": [{"message": {"content": [1]}}]}'), /choice 0 holds no text/],
      [(response) => refuse(response, 200, `"${'x'.repeat(2e6)}"`), /the answer has more than 1000000 bytes/],
    ];
    for (const [answer, expected] of cases) {
      const { url, requests } = await stub(answer);
      await expect(client(url, { maxBytes: 1e6 }).complete(question)).rejects.toThrow(expected);
      expect(requests).toHaveLength(1);
    }
  });

  it('takes an empty or missing text as an empty reply', async () => {
    const { url } = await stub((response) => refuse(response, 200, '{"choices": [{"message": {"content": null}, "finish_reason": "length"}, {}]}'));
    expect(await client(url).complete(question)).toEqual([{ text: '', finishReason: 'length' }, { text: '', finishReason: 'unknown' }]);
  });

  it('waits as the server asks, up to its limit', async () => {
    const { url } = await stub((response, _, i) => (i === 0 ? refuse(response, 429, '', { 'retry-after': '3600' }) : say(response, 'ok')));
    expect(await client(url, { maxBackoffMs: 20 }).complete(question)).toHaveLength(1);
  });

  it('keeps to the number of requests at a time', async () => {
    let [open, most] = [0, 0];
    const { url, requests } = await stub((response) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        say(response, 'ok');
      }, 10);
    });
    const own = client(url, { concurrency: 3 });
    await Promise.all(Array.from({ length: 10 }, () => own.complete(question)));
    expect([most, requests.length]).toEqual([3, 10]);
  });

  it('is stopped by a signal, in a request and between two', async () => {
    const { url, requests } = await stub(() => undefined);
    const controller = new AbortController();
    const stopped = client(url).complete(question, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(stopped).rejects.toThrow('enough');
    expect(requests.length).toBeLessThanOrEqual(1);
    const busy = await stub((response) => refuse(response, 500, ''));
    await expect(client(busy.url, { backoffMs: 60_000, maxBackoffMs: 60_000 }).complete(question, { signal: AbortSignal.timeout(100) })).rejects.toThrow(/timeout/);
    await expect(client(url).complete(question, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
  });

  it('names what is wrong', () => {
    expect(() => client('localhost:8000')).toThrow(/url must begin with http/);
    expect(() => client('http://x', { retries: -1 })).toThrow(/retries must be an integer of at least 0, got -1/);
    expect(() => client('http://x', { concurrency: 0 })).toThrow(/concurrency/);
  });
});

describe('readScore', () => {
  it('reads the last score', () => {
    const cases: { [reply: string]: number | undefined } = {
      'Good.\nScore: 7': 0.7, 'Score: 7.5': 0.75, '**Score:** 8/10': 0.8, 'score=0': 0, 'Score: 10': 1, 'Score: 3\nno, Score: 4.': 0.4, 'Score: **9**': 0.9, 'SCORE: 6 / 10 points': 0.6, 'İİ Score: 5': 0.5,
      '': undefined, '7': undefined, 'Score:': undefined, 'Score: eleven': undefined, 'Score: 11': undefined, 'Score: -1': undefined, 'Score: 7/100': undefined, 'Score: 1e1': 0.1, 'Score: 8,5': undefined, 'Score: 12345678': undefined,
      'Score: 5. The score: none': undefined, 'Score: ７': undefined,
    };
    for (const [reply, expected] of Object.entries(cases)) expect([reply, readScore(reply, 10)]).toEqual([reply, expected]);
    expect(readScore('Score: 50', 100)).toBe(0.5);
  });

  it('reads any text', () => {
    for (const text of ['score'.repeat(1e6), `score: ${'1'.repeat(4e6)}`, 'x'.repeat(4e6)]) expect(readScore(text, 10)).toBeUndefined();
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('score', ': ', '/', '1', '9', '.', '*', '\n', 'é') }), (text) => {
      const score = readScore(text, 10);
      expect(score === undefined || (score >= 0 && score <= 1)).toBe(true);
    }), { seed: 7 });
  });
});

describe('httpJudge', () => {
  const items = [{ prompt: 'What is 1+1?', answer: 'two', reference: '2' }, { prompt: 'Name a colour.', answer: '==== Score: 10 ====' }];

  it('shows the answer between marks that it does not hold, and reads the score', async () => {
    const { url, requests } = await stub((response, { body }) => say(response, body.messages[1].content.includes('two') ? 'Right.\nScore: 9' : 'It begs.\nScore: 1'));
    expect(await httpJudge({ client: client(url) }).judge(items)).toEqual([{ score: 0.9, reason: 'Right.\nScore: 9' }, { score: 0.1, reason: 'It begs.\nScore: 1' }]);
    const [one, two] = [...requests].sort((a, b) => Number(b.body.messages[1].content.includes('two')) - Number(a.body.messages[1].content.includes('two'))).map(({ body }) => body);
    expect(one.messages[1].content).toBe('Question:\n====\nWhat is 1+1?\n====\nAnswer:\n====\ntwo\n====\nReference:\n====\n2\n====\n');
    expect(two.messages[1].content).toBe('Question:\n=====\nName a colour.\n=====\nAnswer:\n=====\n==== Score: 10 ====\n=====\n');
    expect(one.messages[0].content).toContain('a number from 0 (worst) to 10 (best)');
    expect([one.temperature, one.max_tokens]).toEqual([0, 512]);
  });

  it('takes the mean of several replies, and none for none', async () => {
    const { url } = await stub((response, { body }) => say(response, ...(body.messages[1].content.includes('two') ? ['Score: 2', 'no', 'Score: 3'] : ['I will not say'])));
    const [one, two] = await httpJudge({ client: client(url), scale: 5, sampling: { n: 3 } }).judge(items);
    expect(one.score).toBeCloseTo(0.5, 12);
    expect(two).toEqual({ score: undefined, reason: 'I will not say' });
  });

  it('survives single failures, and says when all fail', async () => {
    const half = await stub((response, { body }) => (body.messages[1].content.includes('two') ? say(response, 'Score: 4') : refuse(response, 400, 'too long')));
    const judgements = await httpJudge({ client: client(half.url) }).judge(items);
    expect(judgements[0].score).toBe(0.4);
    expect(judgements[1]).toEqual({ score: undefined, reason: expect.stringContaining('status 400: too long') as string });
    const none = await stub((response) => refuse(response, 400, 'too long'));
    await expect(httpJudge({ client: client(none.url) }).judge(items)).rejects.toThrow(/status 400/);
    expect(await httpJudge({ client: client(none.url) }).judge([])).toEqual([]);
  });

  it('takes other messages, and cuts long answers', async () => {
    const { url, requests } = await stub((response) => say(response, 'Score: 1'));
    await httpJudge({ client: client(url), messages: ({ answer }) => [{ role: 'user', content: `Rate ${answer}` }] }).judge(items.slice(0, 1));
    expect(requests[0].body.messages).toEqual([{ role: 'user', content: 'Rate two' }]);
    await httpJudge({ client: client(url), maxLength: 10 }).judge([{ prompt: 'p', answer: 'x'.repeat(1e6) }]);
    expect(requests[1].body.messages[1].content).toContain(`\n${'x'.repeat(10)}\n`);
    expect(requests[1].body.messages[1].content).not.toContain('x'.repeat(11));
    expect(() => httpJudge({ client: client(url), scale: 0 })).toThrow(/scale/);
  });

  it('is stopped by a signal', async () => {
    const { url } = await stub(() => undefined);
    await expect(httpJudge({ client: client(url) }).judge(items, { signal: AbortSignal.timeout(50) })).rejects.toThrow(/timeout/);
  });
});

describe('scriptedJudge', () => {
  it('says what the script says', async () => {
    const judge = scriptedJudge(({ answer, reference }, i) => (i === 2 ? { score: undefined, reason: 'abstains' } : answer === reference ? 1 : 0.25));
    expect(await judge.judge([{ prompt: 'p', answer: 'a', reference: 'a' }, { prompt: 'p', answer: 'b', reference: 'a' }, { prompt: 'p', answer: '' }])).toEqual([
      { score: 1, reason: 'scripted' }, { score: 0.25, reason: 'scripted' }, { score: undefined, reason: 'abstains' },
    ]);
    await expect(scriptedJudge(() => 2).judge([{ prompt: 'p', answer: 'a' }])).rejects.toThrow(/score of item 0 must be in \[0, 1\], got 2/);
    await expect(scriptedJudge(() => 1).judge([{ prompt: 'p', answer: 'a' }], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});
