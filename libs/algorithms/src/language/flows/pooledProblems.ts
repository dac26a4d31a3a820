import { joinSnapshots, restoreRng, type Rng, snapshotPart, snapshotRng } from '@rivulet/engine';
import type { PromptPool } from '@rivulet/replay';
import type { ProblemSource } from './problemSource.js';
import type { TextProblem } from '../verifiableTask.js';

/**
 * Problems drawn from a `promptPool`, which learns from the rewards of their completions what to draw next. The pool belongs to the source: it is stored and restored with it, and should be made of the same
 * problems wherever a run is continued.
 */
export function pooledProblems(pool: PromptPool<TextProblem>, rng: Rng): ProblemSource {
  let stream = rng;
  const drawn = new Map<TextProblem, number>();
  return {
    draw: (n) =>
      pool.sample(n, stream).map(({ id, prompt }) => {
        drawn.set(prompt, id);
        return prompt;
      }),
    observe(groups) {
      for (const { problem, rewards } of groups) {
        const id = drawn.get(problem);
        if (id === undefined) throw new Error(`pooledProblems: '${problem.prompt}' was not drawn from this pool`);
        pool.update(id, rewards);
      }
      drawn.clear();
    },
    snapshot: () => joinSnapshots({ pool: pool.snapshot(), stream: snapshotRng(stream) }),
    restore(snapshot) {
      pool.restore(snapshotPart(snapshot, 'pool'));
      stream = restoreRng(snapshotPart(snapshot, 'stream'));
      drawn.clear();
    },
  };
}
