import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { boundary, evaluation, rollout, update } from '../test/messages.js';
import { throttleMessages } from './index.js';

describe('throttleMessages', () => {
  const steps = { a: rollout(10), b: rollout(20), c: rollout(30), d: rollout(40), u: update(10), v: update(20), E: evaluation(10), F: evaluation(20), B: boundary(10) };

  it('passes the first at once and then the newest per interval, all evaluations and no boundary', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ cold, expectObservable }) => {
      expectObservable(cold('abc-d----|', steps).pipe(throttleMessages(3))).toBe('a--c--d--|', steps);
      expectObservable(cold('auEBF--v-b--|', steps).pipe(throttleMessages(3))).toBe('auE-F--v-b--|', steps);
    });
  });

  it('does not lose the last one when the source ends', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ cold, expectObservable }) => {
      expectObservable(cold('ab|', steps).pipe(throttleMessages(5))).toBe('a----(b|)', steps);
    });
  });
});
