/**
 * For what happens at every n-th update, the n-th first: an index that tells only whether it is due, 0 or n - 1.
 * The {@link Learner.alike} of a learner with one delay.
 */
export function dueEvery(n: number): (index: number) => number {
  return (index) => ((index + 1) % n === 0 ? n - 1 : 0);
}
