import fc from 'fast-check';
import { from, lastValueFrom, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { boundary, rollout } from '../test/messages.js';
import { decodeMessage, encodeMessage, type Message, recordMessages, replayMessages } from './index.js';

const count = fc.nat();
const real = fc.double();
const episodes = fc.array(fc.record({ return: real, length: count }), { maxLength: 3 });
const anyMessage: fc.Arbitrary<Message> = fc.oneof(
  fc.record({ kind: fc.constant('rollout' as const), step: count, steps: count, episodes, meanReturn: fc.option(real, { nil: undefined }), window: count, policyLag: count }),
  fc.record({ kind: fc.constant('update' as const), step: count, updates: count, metrics: fc.dictionary(fc.string(), real) }).map((m) => ({ ...m, metrics: { ...m.metrics } })),
  fc.record({ kind: fc.constant('evaluation' as const), step: count, episodes, meanReturn: real }),
  fc.record({ kind: fc.constant('checkpoint' as const), step: count, path: fc.string() }),
);

describe('recordMessages and replayMessages', () => {
  it('give the same stream again through JSON text, bit for bit, without boundaries', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage, { maxLength: 8 }), async (messages) => {
        const live = [...messages, boundary(10)];
        const lines: string[] = [];
        const passed = await lastValueFrom(from(live).pipe(recordMessages((record) => lines.push(JSON.stringify(record))), toArray()));
        expect(passed.every((message, i) => message === live[i])).toBe(true);
        const replayed = await lastValueFrom(replayMessages(lines.map((line) => JSON.parse(line))).pipe(toArray()));
        expect(replayed).toEqual(messages); // toEqual tells -0 from 0 and knows NaN
      }),
    );
  });

  it('writes what JSON cannot', () => {
    const message = { kind: 'update' as const, step: 1, updates: 1, metrics: { a: NaN, b: -Infinity, c: -0, d: 0.1 } };
    expect(encodeMessage(message)).toEqual({ kind: 'update', step: 1, updates: 1, metrics: { a: 'NaN', b: '-Infinity', c: '-0', d: 0.1 } });
    expect(encodeMessage(rollout(10))).not.toHaveProperty('meanReturn');
    expect(encodeMessage(boundary(10))).toBeUndefined();
  });

  it('names what is wrong in a record', async () => {
    expect(() => decodeMessage({ kind: 'update', step: 1, updates: 'many', metrics: {} })).toThrow('\'updates\' must be a number, got "many"');
    expect(() => decodeMessage({ kind: 'update', step: 1, updates: 1, metrics: { loss: null } })).toThrow("'metrics.loss' must be a number, got null");
    expect(() => decodeMessage({ kind: 'evaluation', step: 1, episodes: 3, meanReturn: 1 })).toThrow("'episodes' must be a list, got 3");
    expect(() => decodeMessage({ kind: 'checkpoint', step: 1 })).toThrow("'path' must be a text, got undefined");
    expect(() => decodeMessage({ kind: 'boundary', step: 1 })).toThrow("'kind' must be rollout, update, evaluation or checkpoint");
    expect(() => decodeMessage([])).toThrow("'message' must be an object");
    await expect(lastValueFrom(replayMessages(of(7)))).rejects.toThrow("'message' must be an object, got 7");
  });
});
