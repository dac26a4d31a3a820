import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replayTrace } from '../index.js';

function fixture(id: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../test-data/gymnasium/${id}.json`, import.meta.url), 'utf8'));
}

describe('classic control equals Gymnasium 1.3.0', () => {
  const cases = [
    ['CartPole-v1', 86, 1e-9],
    ['Pendulum-v1', 200, 1e-9],
    ['Acrobot-v1', 200, 1e-9],
    ['MountainCar-v0', 200, 1e-9],
    ['MountainCarContinuous-v0', 200, 1e-9],
  ] as const;
  it.each(cases)('%s over its recorded trace', (id, steps, tolerance) => {
    const report = replayTrace(id, fixture(id));
    expect(report.compared).toBe(steps);
    expect(report.differences).toEqual([]);
    expect(report.state).toBeLessThan(tolerance);
    expect(report.oneStepState).toBeLessThan(1e-14);
    expect(report.observation).toBeLessThan(1e-6);
    expect(report.reward).toBeLessThan(tolerance);
  });
});
