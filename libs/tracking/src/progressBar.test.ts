import { Writable } from 'node:stream';
import type { Message } from '@rivulet/streams';
import { concat, from, lastValueFrom, NEVER, Subject, throwError, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rollout, run, update } from '../test/messages.js';
import { progressBar, type ProgressStream } from './index.js';

/** Remembers what is written; a terminal if told so. */
function fakeStream(isTTY: boolean): ProgressStream & { text: string } {
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      stream.text += chunk.toString();
      done();
    },
  }) as unknown as ProgressStream & { text: string; isTTY: boolean; columns: number };
  return Object.assign(stream, { text: '', isTTY, columns: 100 });
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('progressBar in a pipe', () => {
  it('writes the first line at once, at most one per interval, and the newest at the end', () => {
    const stream = fakeStream(false);
    let now = 0;
    const source = new Subject<Message>();
    source.pipe(progressBar({ total: 1000, stream, everySeconds: 5, clock: { now: () => now } })).subscribe();
    const at = (seconds: number, message: Message): void => {
      now = seconds * 1000;
      source.next(message);
    };
    at(0, rollout(100));
    at(2, rollout(200, 11.25));
    at(2, update(200));
    at(6, rollout(400, 12.5));
    at(7, rollout(500, 20));
    expect(stream.text).toBe('step 100/1000 (10%)  - steps/s  return -  eta -\nstep 400/1000 (40%)  50 steps/s  return 12.5  eta 0:12\n');
    source.complete();
    expect(stream.text.split('\n').slice(2)).toEqual(['step 500/1000 (50%)  57 steps/s  return 20.0  eta 0:09', '']);
  });

  it('does not repeat the last line, and holds no control characters', async () => {
    const stream = fakeStream(false);
    await lastValueFrom(from([rollout(1200, 3)]).pipe(progressBar({ total: 1000, stream })));
    expect(stream.text).toBe('step 1200/1000 (100%)  - steps/s  return 3.0  eta -\n');
  });
});

describe('progressBar on a terminal', () => {
  it('draws a bar and ends with its last state and a new line', async () => {
    const stream = fakeStream(true);
    await lastValueFrom(from([rollout(100), rollout(500, 12.34)]).pipe(progressBar({ total: 1000, stream })));
    expect(stream.text).toContain('[░░░░░░░░░░░░░░░░░░░░] 0%  0/1000');
    expect(stream.text).toContain('[██████████░░░░░░░░░░] 50%  500/1000');
    expect(stream.text).toContain('return 12.3');
    expect(stream.text.endsWith('\n')).toBe(true);
  });

  it('shows the time that is left in minutes and seconds', () => {
    const stream = fakeStream(true);
    let now = 0;
    const source = new Subject<Message>();
    source.pipe(progressBar({ total: 10_100, stream, clock: { now: () => now } })).subscribe();
    source.next(rollout(100));
    now = 10_000;
    source.next(rollout(600));
    source.complete();
    // 500 steps in 10 s: the other 9,500 take 190 s.
    expect(stream.text).toContain('50 steps/s  return -  eta 3:10');
  });

  it('never hides the cursor nor changes wrapping, and stops on error and unsubscribing', async () => {
    const stream = fakeStream(true);
    const failing = concat(from([rollout(100)]), throwError(() => new Error('env'))).pipe(progressBar({ total: 1000, stream }));
    await expect(lastValueFrom(failing)).rejects.toThrow('env');
    expect(vi.getTimerCount()).toBe(0);
    const listeners = process.listenerCount('SIGINT');
    const subscription = concat(from([rollout(100)]), NEVER).pipe(progressBar({ total: 1000, stream })).subscribe();
    expect(process.listenerCount('SIGINT')).toBe(listeners);
    expect(vi.getTimerCount()).toBe(1);
    subscription.unsubscribe();
    const written = stream.text;
    expect(written.endsWith('\n')).toBe(true);
    expect(written).not.toContain('\x1B[?25l');
    expect(written).not.toContain('\x1B[?7l');
  });
});

describe('progressBar', () => {
  it('passes the same messages everywhere, and writes nothing when quiet or before subscribe', async () => {
    for (const options of [{ stream: fakeStream(true) }, { stream: fakeStream(false) }, { stream: fakeStream(true), quiet: true }]) {
      const shown = from(run).pipe(progressBar({ total: 200, ...options }));
      expect(options.stream.text).toBe('');
      const out = await lastValueFrom(shown.pipe(toArray()));
      expect(out.length).toBe(run.length);
      expect(out.every((message, i) => message === run[i])).toBe(true);
      expect(options.stream.text === '').toBe('quiet' in options);
    }
    expect(() => progressBar({ total: 0 })).toThrow('total must be a positive number of steps, got 0');
  });
});
