import type { HostBatch } from '@rivulet/engine';

/** @throws when a completion of a rollout fills its room, so that no place is left at which its score could be read. */
export function requireFreePlace({ written }: HostBatch): void {
  const [rows, width] = written.shape;
  for (let row = 0; row < rows; row++) {
    if (written.data[(row + 1) * width - 1] > 0) throw new Error(`reward model: completion ${row} has ${width} tokens, at most ${width - 1} can be scored (newTokens)`);
  }
}
