import { EMPTY, from, lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { evaluation, rollout, run } from '../test/messages.js';
import { summarize } from './index.js';
import { formatDuration } from './formatDuration.js';

describe('summarize', () => {
  it('gives the last and best numbers of a run', async () => {
    let now = 1000;
    const clock = { now: () => (now += 1500) };
    const summary = await lastValueFrom(from([...run, rollout(300, 8), evaluation(300, 5)]).pipe(summarize(clock)));
    expect(summary).toEqual({ steps: 300, updates: 2, episodes: 4, meanReturn: 8, bestMeanReturn: 12.5, evaluation: 5, bestEvaluation: 20, checkpoint: 'step-200', seconds: 1.5 });
  });

  it('gives nothing of a run without messages', async () => {
    expect(await lastValueFrom(EMPTY.pipe(summarize({ now: () => 0 })))).toMatchObject({ steps: 0, meanReturn: undefined, seconds: 0 });
  });
});

describe('formatDuration', () => {
  it('writes minutes and hours', () => {
    expect([0, 59.6, 3599, 3600, 90061, Infinity, NaN, -1].map(formatDuration)).toEqual(['0:00', '1:00', '59:59', '1:00:00', '25:01:01', '-', '-', '-']);
  });
});
