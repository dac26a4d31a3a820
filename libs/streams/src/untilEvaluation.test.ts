import { lastValueFrom, NEVER, concat, of, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Message } from './messages.js';
import { untilEvaluation } from './untilEvaluation.js';

const evaluation = (step: number, meanReturn: number): Message => ({ kind: 'evaluation', step, meanReturn, episodes: [] });
const boundary = (step: number): Message => ({
  kind: 'boundary', step, meanReturn: undefined, window: 0, weights: 0, snapshot: () => Promise.reject(new Error('not needed')), hold: () => undefined,
});

describe('untilEvaluation', () => {
  it('completes after the boundary that follows the evaluation which reached the threshold', async () => {
    const source = concat(of(evaluation(1, 20), boundary(1), evaluation(2, 490), boundary(2), boundary(3)), NEVER);
    const messages = await lastValueFrom(source.pipe(untilEvaluation(490), toArray()));
    expect(messages.map(({ kind, step }) => `${kind} ${step}`)).toEqual(['evaluation 1', 'boundary 1', 'evaluation 2', 'boundary 2']);
  });

  it('passes everything when no evaluation is good enough', async () => {
    const messages = await lastValueFrom(of(evaluation(1, 20), boundary(1), boundary(2)).pipe(untilEvaluation(490), toArray()));
    expect(messages).toHaveLength(3);
  });
});
