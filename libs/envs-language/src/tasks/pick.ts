import type { Rng } from '@rivulet/engine';

/** One of the items, each as likely. */
export function pick<T>(rng: Rng, items: readonly T[]): T {
  return items[rng.nextInt(items.length)];
}
