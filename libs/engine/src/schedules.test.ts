import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { asSchedule } from './asSchedule.js';
import { constantSchedule } from './constantSchedule.js';
import { cosineSchedule } from './cosineSchedule.js';
import { exponentialSchedule } from './exponentialSchedule.js';
import { joinSchedules } from './joinSchedules.js';
import { linearSchedule } from './linearSchedule.js';
import { piecewiseSchedule } from './piecewiseSchedule.js';
import type { Schedule } from './schedule.js';
import { tf } from './tf.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function onTensor(schedule: Schedule, step: number, dtype: 'int32' | 'float32' = 'int32'): number {
  return tf.tidy(() => schedule.tensor(tf.scalar(step, dtype)).dataSync()[0]);
}

const ramp = fc.record({
  from: fc.double({ min: 1e-5, max: 10, noNaN: true }),
  to: fc.double({ min: 1e-5, max: 10, noNaN: true }),
  steps: fc.integer({ min: 1, max: 100_000 }),
  delay: fc.integer({ min: 0, max: 1000 }),
});

describe('every schedule', () => {
  it('has the same value on the host and on tensors', () => {
    fc.assert(
      fc.property(ramp, fc.integer({ min: 0, max: 200_000 }), fc.constantFrom('int32' as const, 'float32' as const), (r, step, dtype) => {
        const schedules = [
          constantSchedule(r.from),
          linearSchedule(r),
          cosineSchedule(r),
          exponentialSchedule(r),
          piecewiseSchedule([r.from, r.to], [r.steps]),
          joinSchedules([linearSchedule(r), cosineSchedule(r), exponentialSchedule(r)], [r.steps, r.steps + 500]),
        ];
        for (const schedule of schedules) {
          const expected = schedule.at(step);
          expect(Math.abs(onTensor(schedule, step, dtype) - expected)).toBeLessThanOrEqual(3e-6 * Math.max(r.from, r.to));
        }
      }),
      { numRuns: 300 },
    );
  });

  it('agrees at and beside every boundary', () => {
    const schedule = joinSchedules([linearSchedule({ from: 0, to: 1, steps: 10 }), cosineSchedule({ from: 1, to: 0.1, steps: 20, delay: 5 }), constantSchedule(7)], [10, 40]);
    for (let step = 0; step < 60; step++) expect(onTensor(schedule, step)).toBeCloseTo(schedule.at(step), 6);
  });

  it('leaves no tensor but its value', () => {
    const schedule = joinSchedules([exponentialSchedule({ from: 1, to: 2, steps: 10 }), piecewiseSchedule([1, 2], [3])], [10]);
    const step = tf.scalar(4);
    const before = tf.memory().numTensors;
    schedule.tensor(step).dispose();
    expect(tf.memory().numTensors).toBe(before);
    step.dispose();
  });
});

describe('linearSchedule', () => {
  it('waits, descends on a line and stays', () => {
    const { at } = linearSchedule({ from: 1, to: 0.1, steps: 9, delay: 2 });
    [1, 1, 0.9, 0.7].forEach((value, i) => expect(at([0, 2, 3, 5][i])).toBeCloseTo(value, 12));
    expect([at(11), at(1000)]).toEqual([0.1, 0.1]);
  });

  it('refuses ramps without sense', () => {
    expect(() => linearSchedule({ from: 1, to: 0, steps: 0 })).toThrow('linearSchedule: steps must be positive, got 0');
    expect(() => linearSchedule({ from: 1, to: 0, steps: 5, delay: -1 })).toThrow('delay must not be negative');
    expect(() => linearSchedule({ from: Number.NaN, to: 0, steps: 5 })).toThrow('must be finite, got NaN');
  });
});

describe('cosineSchedule', () => {
  it('passes the middle half way and is flat at both ends', () => {
    const { at } = cosineSchedule({ from: 3, to: 1, steps: 100 });
    expect(at(0)).toBe(3);
    expect(at(50)).toBeCloseTo(2, 12);
    expect(at(25)).toBeCloseTo(2 + Math.SQRT1_2, 12);
    expect(at(100)).toBe(1);
    expect(at(1e9)).toBe(1);
    expect(at(1)).toBeGreaterThan(3 - 1e-3);
  });
});

describe('exponentialSchedule', () => {
  it('multiplies by the same rate every step', () => {
    const { at } = exponentialSchedule({ from: 1, to: 1e-4, steps: 4 });
    [1, 0.1, 0.01, 1e-3, 1e-4, 1e-4].forEach((value, step) => expect(at(step) / value).toBeCloseTo(1, 12));
    expect(exponentialSchedule({ from: -1, to: -4, steps: 2 }).at(1)).toBeCloseTo(-2, 12);
  });

  it('refuses to pass zero', () => {
    expect(() => exponentialSchedule({ from: 1, to: 0, steps: 5 })).toThrow('same sign and not be zero, got 1 and 0');
    expect(() => exponentialSchedule({ from: -1, to: 1, steps: 5 })).toThrow('same sign');
  });
});

describe('piecewiseSchedule and joinSchedules', () => {
  it('changes at the boundary', () => {
    const { at } = piecewiseSchedule([3, 2, 1], [10, 20]);
    expect([0, 9, 10, 19, 20, 99].map(at)).toEqual([3, 3, 2, 2, 1, 1]);
  });

  it('counts the steps of each schedule from its own start: warm-up, then decay', () => {
    const { at } = joinSchedules([linearSchedule({ from: 0, to: 1, steps: 10 }), linearSchedule({ from: 1, to: 0, steps: 90 })], [10]);
    expect(at(5)).toBe(0.5);
    expect(at(10)).toBe(1);
    expect(at(55)).toBe(0.5);
    expect(at(100)).toBe(0);
  });

  it('refuses boundaries that do not fit', () => {
    expect(() => piecewiseSchedule([1, 2], [])).toThrow('2 schedules need 1 boundaries (and at least one schedule), got 0');
    expect(() => piecewiseSchedule([], [])).toThrow('at least one schedule');
    expect(() => piecewiseSchedule([1, 2, 3], [5, 5])).toThrow('must be finite and increase, got [5, 5]');
  });
});

describe('asSchedule', () => {
  it('takes numbers and schedules', () => {
    expect(asSchedule(0.5).at(100)).toBe(0.5);
    const schedule = constantSchedule(2);
    expect(asSchedule(schedule)).toBe(schedule);
    expect(() => asSchedule(Number.POSITIVE_INFINITY)).toThrow('must be finite, got Infinity');
  });
});
