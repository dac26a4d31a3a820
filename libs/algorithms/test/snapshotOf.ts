import { joinSnapshots, type Snapshot, type Tree } from '@rivulet/engine';
import type { ActorAndLearner } from '../src/index.js';

/** What a run would store. */
export async function snapshotOf({ actor, learner }: ActorAndLearner<Tree>): Promise<Snapshot> {
  return joinSnapshots({ actor: await actor.snapshot(), learner: await learner.snapshot() });
}
