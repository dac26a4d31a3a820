import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BoundaryMessage, CheckpointMessage, EvaluationMessage, Message, RolloutMessage, UpdateMessage } from '@rivulet/streams';
import { onTestFinished } from 'vitest';

export const rollout = (step: number, meanReturn?: number): RolloutMessage => ({
  kind: 'rollout',
  step,
  steps: 100,
  episodes: meanReturn === undefined ? [] : [{ return: meanReturn - 1, length: 10 }, { return: meanReturn + 1, length: 30 }],
  meanReturn,
  window: 2,
  policyLag: 0,
});
export const update = (step: number, metrics: { [name: string]: number } = { loss: 1 / step }): UpdateMessage => ({ kind: 'update', step, updates: step / 100, metrics });
export const evaluation = (step: number, meanReturn: number): EvaluationMessage => ({ kind: 'evaluation', step, episodes: [{ return: meanReturn, length: 7 }], meanReturn });
export const checkpoint = (step: number): CheckpointMessage => ({ kind: 'checkpoint', step, path: `step-${step}` });
export const boundary = (step: number): BoundaryMessage => ({
  kind: 'boundary',
  step,
  meanReturn: undefined,
  window: 0,
  weights: 0,
  snapshot: async () => ({ arrays: {}, data: {} }),
  hold: () => undefined,
});

/** A short run with every kind of message, and numbers that are hard to write. */
export const run: readonly Message[] = [
  rollout(100),
  update(100, { loss: 0.1 + 0.2, gap: NaN }),
  boundary(100),
  rollout(200, 12.5),
  update(200, { loss: -Infinity, gap: -0 }),
  evaluation(200, 20),
  checkpoint(200),
  boundary(200),
];

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rivulet-tracking-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}
