import { restoreRng, type Rng, snapshotRng } from '@rivulet/engine';
import type { ProblemSource } from './problemSource.js';
import type { VerifiableTask } from '../verifiableTask.js';

/** Problems that the task makes up as they are asked for, of the training split unless told otherwise. */
export function freshProblems(task: Pick<VerifiableTask, 'sample'>, rng: Rng, { split = 'train' }: { readonly split?: 'train' | 'heldOut' } = {}): ProblemSource {
  let stream = rng;
  return {
    draw: (n) => Array.from({ length: n }, () => task.sample(stream, { split })),
    observe: () => undefined,
    snapshot: () => snapshotRng(stream),
    restore(snapshot) {
      stream = restoreRng(snapshot);
    },
  };
}
