import { type TokenTraining, withValueHead } from '@rivulet/algorithms';
import { disposeTree, type Tree } from '@rivulet/engine';

/** Makes what learns a value head too, from a policy's weights: the head is a fresh one, which starts at 0. Without weights all of it starts fresh. */
export function withFreshHead<T>(training: Pick<TokenTraining, 'policy' | 'from' | 'rng'>, make: (from: Tree | undefined) => T): T {
  if (training.from === undefined) return make(undefined);
  const { value } = withValueHead({ ...training.policy, init: () => ({}) }).init(training.rng) as { readonly value: Tree };
  try {
    return make({ policy: training.from, value });
  } finally {
    disposeTree(value);
  }
}
