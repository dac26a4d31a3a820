import { tensorCount, type Tree } from '@rivulet/engine';
import { expect } from 'vitest';
import type { ActorAndLearner } from '../src/index.js';
import { advance } from './advance.js';
import { disposed } from './disposed.js';

/** Expects that rounds after the first keep no further tensor, and that none is left when the run is freed. */
export async function expectNoLeak(make: () => ActorAndLearner<Tree>, rounds = 2): Promise<void> {
  const before = tensorCount();
  const run = make();
  await advance(run, 1);
  const held = tensorCount();
  await advance(run, rounds);
  expect(tensorCount()).toBe(held);
  disposed(run);
  expect(tensorCount()).toBe(before);
}
