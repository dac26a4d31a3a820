import fc from 'fast-check';
import { lastValueFrom, map, of, range, Subject, timer, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { boundedQueue } from './index.js';

const run = (body: Parameters<TestScheduler['run']>[0]) => new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(body);

describe('boundedQueue', () => {
  const work = (item: string) => timer(4).pipe(map(() => item.toUpperCase()));

  it('drops the oldest that waits', () => {
    const dropped: [string, number][] = [];
    run(({ cold, expectObservable }) => {
      const queue = boundedQueue(work, { capacity: 1, overflow: 'dropOldest', onDrop: (item, total) => dropped.push([item, total]) });
      expectObservable(cold('abcd------|').pipe(queue)).toBe('----A---D-|');
    });
    expect(dropped).toEqual([
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('drops the newest, or all that come while it works when nothing may wait', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('abcd------|').pipe(boundedQueue(work, { capacity: 1, overflow: 'dropNewest' }))).toBe('----A---B-|');
      expectObservable(cold('abcd-e----|').pipe(boundedQueue(work, { capacity: 0, overflow: 'dropOldest' }))).toBe('----A----E|');
    });
  });

  it('fails when full, if so told, and passes on failures of source and work', () => {
    run(({ cold, expectObservable }) => {
      const full = new Error('boundedQueue: more than 1 items wait; the work is slower than the source');
      expectObservable(cold('abc|').pipe(boundedQueue(work, { capacity: 1, overflow: 'error' }))).toBe('--#', undefined, full);
      expectObservable(cold('a-#').pipe(boundedQueue(work, { capacity: 1, overflow: 'error' }))).toBe('--#');
      expectObservable(cold('a----').pipe(boundedQueue(() => cold('--#'), { capacity: 1, overflow: 'error' }))).toBe('--#');
      const thrown = boundedQueue(
        () => {
          throw 'error';
        },
        { capacity: 1, overflow: 'error' },
      );
      expectObservable(cold('-a').pipe(thrown)).toBe('-#');
    });
    expect(() => boundedQueue(work, { capacity: 1.5, overflow: 'error' })).toThrow('non-negative integer, got 1.5');
  });

  it('finishes what waits before it completes, and stops everything when unsubscribed', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('ab|');
      expectObservable(source.pipe(boundedQueue(work, { capacity: 1, overflow: 'error' }))).toBe('----A---(B|)');
      const inner = cold('----x|');
      const stopped = cold('a--------');
      expectObservable(stopped.pipe(boundedQueue(() => inner, { capacity: 1, overflow: 'error' })), '^--!').toBe('----');
      expectSubscriptions(inner.subscriptions).toBe('^--!');
      expectSubscriptions(stopped.subscriptions).toBe('^--!');
    });
  });

  it('neither loses, repeats nor reorders an item that it does not report as dropped', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 30 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom('dropOldest' as const, 'dropNewest' as const), (gaps, capacity, overflow) => {
        const out: number[] = [];
        const dropped: number[] = [];
        const marbles = gaps.map((gap) => `${'-'.repeat(gap)}x`).join('');
        new TestScheduler(() => undefined).run(({ cold, flush }) => {
          let index = 0;
          cold(`${marbles}|`)
            .pipe(
              map(() => index++),
              boundedQueue((item) => timer(3).pipe(map(() => item)), { capacity, overflow, onDrop: (item) => dropped.push(item) }),
            )
            .subscribe((item) => out.push(item));
          flush();
        });
        expect(out).toEqual([...out].sort((a, b) => a - b));
        expect([...out, ...dropped].sort((a, b) => a - b)).toEqual(gaps.map((_, i) => i));
      }),
    );
  });

  it('does not deepen the stack when the work is done at once', async () => {
    const out = await lastValueFrom(range(0, 20_000).pipe(boundedQueue((item) => of(item), { capacity: 1, overflow: 'error' }), toArray()));
    expect(out).toHaveLength(20_000);
    const gate = new Subject<number>();
    const waiting = lastValueFrom(range(0, 20_000).pipe(boundedQueue((item) => (item === 0 ? gate : of(item)), { capacity: 20_000, overflow: 'error' }), toArray()));
    gate.complete();
    expect(await waiting).toHaveLength(19_999);
  });
});
