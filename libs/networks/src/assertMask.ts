import type { NdArray } from '@rivulet/engine';

/**
 * Checks an action mask on the host before it is uploaded: entries 0 or 1, and in every row of the last axis at least one 1.
 * @throws naming the first row that allows nothing, or the first entry that is neither 0 nor 1.
 */
export function assertMask(mask: NdArray): void {
  const actions = mask.shape[mask.shape.length - 1];
  for (let start = 0; start < mask.data.length; start += actions) {
    let allowed = 0;
    for (let i = start; i < start + actions; i++) {
      if (mask.data[i] !== 0 && mask.data[i] !== 1) throw new Error(`assertMask: entries must be 0 or 1, got ${mask.data[i]} at ${i}`);
      allowed += mask.data[i];
    }
    if (allowed === 0) throw new Error(`assertMask: row ${start / actions} allows no action at all`);
  }
}
