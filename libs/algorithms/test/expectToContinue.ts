import { snapshotPart, type Tree } from '@rivulet/engine';
import { expect } from 'vitest';
import { snapshotDifference } from '../src/conformance/snapshotDifference.js';
import type { ActorAndLearner } from '../src/index.js';
import { advance } from './advance.js';
import { disposed } from './disposed.js';
import { snapshotOf } from './snapshotOf.js';

/** Stops a run after so many rounds, lets another seed's run go on from what it stored, and expects the measurements and the state of one that never stopped. */
export async function expectToContinue(make: (seed: number) => ActorAndLearner<Tree>, { before = 2, after = 2 }: { readonly before?: number; readonly after?: number } = {}): Promise<void> {
  const [whole, resumed] = [make(1), make(2)];
  await advance(whole, before);
  const stored = await snapshotOf(whole);
  await resumed.actor.restore(snapshotPart(stored, 'actor'));
  await resumed.learner.restore(snapshotPart(stored, 'learner'));
  expect(await advance(resumed, after)).toEqual(await advance(whole, after));
  expect(snapshotDifference(await snapshotOf(whole), await snapshotOf(resumed))).toBeUndefined();
  disposed(whole);
  disposed(resumed);
}
