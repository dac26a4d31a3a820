import type { Tree } from '@rivulet/engine';
import type { ActorAndLearner } from '../src/index.js';

/** Collects and learns from so many chunks; what each update measured. */
export async function advance({ actor, learner }: ActorAndLearner<Tree>, chunks: number): Promise<{ readonly [name: string]: number }[]> {
  const seen: { readonly [name: string]: number }[] = [];
  for (let i = 0; i < chunks; i++) seen.push(await learner.learn(await actor.collect(learner.weights)));
  return seen;
}
