import type { Tree } from '@rivulet/engine';
import type { ActorAndLearner } from '../src/index.js';

/** Frees a run. */
export function disposed({ actor, learner }: ActorAndLearner<Tree>): void {
  actor.dispose();
  learner.dispose();
}
