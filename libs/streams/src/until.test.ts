import { concat, NEVER, of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { boundary, evaluation, rollout, update } from '../test/messages.js';
import { type Message, untilReturn, untilSignal, untilSteps } from './index.js';

const run = (body: Parameters<TestScheduler['run']>[0]) => new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(body);
const later = { R: rollout(20, 480), U: update(20), B: boundary(20) };

describe('untilReturn', () => {
  const values: { [mark: string]: Message } = { r: rollout(10, 12), u: update(10), b: boundary(10), ...later, E: evaluation(20) };

  it('completes with the boundary of the iteration that reached the threshold, and stops the source', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('rubRUEBrub', values);
      expectObservable(source.pipe(untilReturn(475))).toBe('rubRUE(B|)', values);
      expectSubscriptions(source.subscriptions).toBe('^-----!');
    });
  });

  it('counts a mean that equals the threshold, and none that covers too few episodes', () => {
    run(({ cold, expectObservable }) => {
      const some = { ...values, R: rollout(20, 480, 99) };
      expectObservable(cold('rubRUB-|', values).pipe(untilReturn(480))).toBe('rubRU(B|)', values);
      expectObservable(cold('rubRUB-|', values).pipe(untilReturn(480.5))).toBe('rubRUB-|', values);
      expectObservable(cold('rubRUB-|', some).pipe(untilReturn(475))).toBe('rubRUB-|', some);
      expectObservable(cold('rubRUB-|', some).pipe(untilReturn(475, { episodes: 99 }))).toBe('rubRU(B|)', some);
    });
    expect(() => untilReturn(1, { episodes: 101 })).toThrow('from 1 to 100, got 101');
  });

  it('passes the same messages of a replay, which has no boundaries', () => {
    run(({ cold, expectObservable }) => expectObservable(cold('ruRUEru', values).pipe(untilReturn(475))).toBe('ruRUE|', values));
  });

  it('decides anew for each subscription', () => {
    const seen: number[] = [];
    const once = concat([rollout(10, 480), boundary(10), rollout(20, 480)]).pipe(untilReturn<Message>(475));
    concat(once, once).subscribe((message) => seen.push(message.step));
    expect(seen).toEqual([10, 10, 10, 10]);
  });
});

describe('untilSteps', () => {
  it('completes with the boundary at or after so many steps', () => {
    run(({ cold, expectObservable }) => {
      const values = { r: rollout(10), u: update(10), b: boundary(10), ...later };
      expectObservable(cold('rubRUBrub', values).pipe(untilSteps(11))).toBe('rubRU(B|)', values);
      expectObservable(cold('rubRUBrub', values).pipe(untilSteps(10))).toBe('ru(b|)', values);
    });
  });

  it('stops a source that never ends by itself', () => {
    const seen: number[] = [];
    let produced = 0;
    function* endless() {
      for (let step = 10; ; step += 10) {
        produced++;
        yield rollout(step);
      }
    }
    concat(endless()).pipe(untilSteps(30)).subscribe((message) => seen.push(message.step));
    expect(seen).toEqual([10, 20, 30]);
    expect(produced).toBe(4);
  });
});

describe('untilSignal', () => {
  const values = { r: rollout(10), u: update(10), b: boundary(10), ...later };

  it('completes with the first boundary after the abort', () => {
    run(({ cold, expectObservable }) => {
      const stop = new AbortController();
      cold('----x').subscribe(() => stop.abort());
      expectObservable(cold('rubRUBrub', values).pipe(untilSignal(stop.signal))).toBe('rubRU(B|)', values);
    });
  });

  it('subscribes nothing when the signal is aborted already', () => {
    let completed = false;
    concat(of(rollout(10)), NEVER).pipe(untilSignal(AbortSignal.abort())).subscribe({ next: () => expect.unreachable(), complete: () => (completed = true) });
    expect(completed).toBe(true);
  });
});
