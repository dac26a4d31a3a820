import type { AnySpace } from '../space.js';

/** A space in short words, for error messages. */
export function describeSpace(space: AnySpace): string {
  switch (space.kind) {
    case 'box':
      return `a ${space.dtype} box of shape [${space.shape.join(', ')}] within [${space.low.slice(0, 8).join(', ')}] .. [${space.high.slice(0, 8).join(', ')}]`;
    case 'discrete':
      return `an integer in ${space.start}..${space.start + space.n - 1}`;
    case 'multiDiscrete':
      return `an Int32Array below [${space.nvec.join(', ')}]`;
    case 'multiBinary':
      return `an Int32Array of ${space.n} zeros and ones`;
    default:
      return `a ${space.kind} value`;
  }
}
