import type { HostBatch } from '@rivulet/engine';

/** @throws when a completion of a rollout fills its room, so that no place is left at which its score could be read. */
export function requireFreePlace({ written, mask }: HostBatch): void {
  const [rows, width] = written.shape;
  const whole = mask.shape[1];
  for (let row = 0; row < rows; row++) {
    if (mask.data[(row + 1) * whole - 1] > 0) throw new Error(`reward model: completion ${row} has ${width} tokens, at most ${width - 1} can be scored (newTokens)`);
  }
}
