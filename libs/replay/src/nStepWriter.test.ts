import { ndarray, Rng } from '@rivulet/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nStepWriter } from './nStepWriter.js';
import { replayBuffer } from './replayBuffer.js';
import { transitionSpec } from './transitionSpec.js';

const spec = transitionSpec({ observation: { shape: [], dtype: 'float64' }, action: { shape: [], dtype: 'int32' } });
const exact = { ...spec, reward: { shape: [], dtype: 'float64' }, discount: { shape: [], dtype: 'float64' } } as const;

type End = 'no' | 'terminated' | 'truncated' | 'both';
interface Step {
  readonly end: End;
  readonly reward: number;
}

const terminates = (end: End) => end === 'terminated' || end === 'both';

/** The definition, without any queue: for every step t with a complete window, sum its rewards up to n steps or the end of the episode. */
function bruteForce(steps: readonly Step[], n: number, gamma: number): { start: number; reward: number; discount: number; next: number }[] {
  return steps.flatMap((_, start) => {
    let reward = 0;
    for (let k = 0; k < n; k++) {
      const step = steps[start + k];
      if (step === undefined) return [];
      reward += gamma ** k * step.reward;
      if (k === n - 1 || step.end !== 'no') return [{ start, reward, discount: terminates(step.end) ? 0 : gamma ** (k + 1), next: start + k + 0.5 }];
    }
    return [];
  });
}

describe('nStepWriter', () => {
  it('folds as the definition says, over terminations and truncations, in several copies', () => {
    const end = fc.constantFrom<End>('no', 'no', 'no', 'no', 'terminated', 'truncated', 'both');
    const step = fc.record({ end, reward: fc.integer({ min: -9, max: 9 }) });
    const copies = fc.integer({ min: 0, max: 25 }).chain((length) => fc.array(fc.array(step, { minLength: length, maxLength: length }), { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(copies, fc.integer({ min: 1, max: 5 }), fc.constantFrom(1, 0.9, 0.5, 0), (envs, n, gamma) => {
        const buffer = replayBuffer({ spec: exact, capacity: 200, envs: envs.length, writer: nStepWriter({ n, discount: gamma }) });
        for (let t = 0; t < envs[0].length; t++) {
          const at = envs.map((steps) => steps[t]);
          const column = (value: (step: Step, copy: number) => number) => Float64Array.from(at, value);
          buffer.add({
            observation: ndarray('float64', [envs.length], column((_, copy) => 1000 * copy + t)),
            action: ndarray('int32', [envs.length], Int32Array.from(at, (_, copy) => -1000 * copy - t)),
            reward: ndarray('float64', [envs.length], column(({ reward }) => reward)),
            nextObservation: ndarray('float64', [envs.length], column((_, copy) => 1000 * copy + t + 0.5)),
            terminated: ndarray('uint8', [envs.length], Uint8Array.from(at, (s) => Number(terminates(s.end)))),
            truncated: ndarray('uint8', [envs.length], Uint8Array.from(at, (s) => Number(s.end === 'truncated' || s.end === 'both'))),
          });
        }
        const { arrays } = buffer.snapshot();
        const get = (name: string) => Array.from(arrays[`storage/field/${name}`].data);
        const [observation, action, reward, discount, next] = ['observation', 'action', 'reward', 'discount', 'nextObservation'].map(get);
        envs.forEach((steps, copy) => {
          const expected = bruteForce(steps, n, gamma);
          const mine = observation.map((_, i) => i).filter((i) => Math.floor(observation[i] / 1000) === copy);
          expect(mine.map((i) => ({ start: observation[i] - 1000 * copy, reward: reward[i], discount: discount[i], next: next[i] - 1000 * copy }))).toEqual(expected);
          expect(mine.every((i) => action[i] === -observation[i] || observation[i] === 0)).toBe(true);
        });
        expect(buffer.size).toBe(envs.reduce((sum, steps) => sum + bruteForce(steps, n, gamma).length, 0));
      }),
      { numRuns: 200 },
    );
  });

  /** One copy, rewards 1, 2, 3, n = 3, discount 1/2; the episode ends at the second step. */
  const endAtSecond = (kind: 'terminated' | 'truncated') => {
    const buffer = replayBuffer({ spec, capacity: 8, writer: nStepWriter({ n: 3, discount: 0.5 }) });
    for (let t = 0; t < 3; t++) {
      buffer.add({
        observation: ndarray('float64', [1], Float64Array.of(10 * t)),
        action: ndarray('int32', [1]),
        reward: ndarray('float64', [1], Float64Array.of(t + 1)),
        nextObservation: ndarray('float64', [1], Float64Array.of(10 * t + 10)),
        terminated: ndarray('uint8', [1], Uint8Array.of(kind === 'terminated' && t === 1 ? 1 : 0)),
        truncated: ndarray('uint8', [1], Uint8Array.of(kind === 'truncated' && t === 1 ? 1 : 0)),
      });
    }
    const { arrays } = buffer.snapshot();
    return (name: string) => Array.from(arrays[`storage/field/${name}`].data);
  };

  it('bootstraps nothing at a termination (by hand)', () => {
    const field = endAtSecond('terminated');
    expect(field('reward')).toEqual([1 + 0.5 * 2, 2]);
    expect(field('discount')).toEqual([0, 0]);
    expect(field('nextObservation')).toEqual([20, 20]);
    expect(field('terminated')).toEqual([1, 1]);
  });

  it('bootstraps from the true final observation at a truncation, with the power of the steps taken (by hand)', () => {
    const field = endAtSecond('truncated');
    expect(field('reward')).toEqual([2, 2]);
    expect(field('discount')).toEqual([0.25, 0.5]);
    expect(field('nextObservation')).toEqual([20, 20]);
    expect(field('truncated')).toEqual([1, 1]);
  });

  it('takes extra fields from the first step, and those named in `last` from the last', () => {
    const scalar = { shape: [], dtype: 'float32' } as const;
    const buffer = replayBuffer({ spec: { reward: scalar, discount: scalar, logProb: scalar, nextMask: scalar }, capacity: 4, writer: nStepWriter({ n: 2, discount: 1, last: ['nextMask'] }) });
    const one = (value: number) => ndarray('float32', [1], Float32Array.of(value));
    for (const t of [1, 2]) buffer.add({ reward: one(t), logProb: one(t), nextMask: one(t), terminated: ndarray('uint8', [1]), truncated: ndarray('uint8', [1]) });
    const { batch } = buffer.sample(Rng.fromSeed(0), 1);
    expect([batch.reward.data[0], batch.logProb.data[0], batch.nextMask.data[0]]).toEqual([3, 1, 2]);
  });

  it('says what is wrong', () => {
    expect(() => nStepWriter({ n: 0, discount: 1 })).toThrow('n must be');
    expect(() => nStepWriter({ n: 1, discount: 1.5 })).toThrow('discount must lie in [0, 1]');
    const { observation, reward } = spec;
    expect(() => replayBuffer({ spec: { observation, reward }, capacity: 4, writer: nStepWriter({ n: 1, discount: 1 }) })).toThrow("a scalar field 'discount'");
    const buffer = replayBuffer({ spec, capacity: 4, envs: 2, writer: nStepWriter({ n: 1, discount: 1 }) });
    expect(() => buffer.add({ reward: ndarray('float32', [1]) })).toThrow('one row for each of the 2');
  });
});
