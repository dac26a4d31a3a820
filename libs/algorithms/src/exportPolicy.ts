import { exportOnnx, type OnnxInput, type Tree } from '@rivulet/engine';
import type { Space } from '@rivulet/envs';
import type { Algorithm, Spaces } from './algorithm.js';
import { spaceField } from './spaceFields.js';

export interface ExportPolicyOptions<W extends Tree> {
  readonly algorithm: Algorithm<W>;
  /** Of the environment as it comes, not as the algorithm adapts it. */
  readonly spaces: Spaces;
  /** What acts: `learner.weights`. */
  readonly weights: W;
  /** Observations in a call; 'any' by default. */
  readonly batch?: number | 'any';
  /** Further notes for the file, by key. */
  readonly metadata?: { readonly [key: string]: string };
}

/** Bounds as one number where all are the same; infinite ones as texts, which JSON can hold. */
function bounds(values: Float64Array): unknown {
  const write = (value: number): number | string => (Number.isFinite(value) ? value : String(value));
  return values.every((value) => value === values[0]) ? write(values[0]) : Array.from(values, write);
}

function spaceNote(space: Space): string {
  switch (space.kind) {
    case 'box':
      return JSON.stringify({ kind: 'box', shape: space.shape, low: bounds(space.low), high: bounds(space.high) });
    case 'discrete':
      return JSON.stringify({ kind: 'discrete', n: space.n, start: space.start });
    case 'multiDiscrete':
      return JSON.stringify({ kind: 'multiDiscrete', nvec: space.nvec });
    case 'multiBinary':
      return JSON.stringify({ kind: 'multiBinary', n: space.n });
    default:
      throw new Error(`exportPolicy: a ${space.kind} space has no rows of numbers: flatten it by a wrapper first`);
  }
}

/** A discrete space may start anywhere here: the policy counts from its start. */
function observationInput(space: Space, batch: number | string): OnnxInput {
  if (space.kind === 'discrete') return { shape: [batch], dtype: 'int32' };
  const { shape, dtype } = spaceField(space);
  return { shape: [batch, ...shape], dtype };
}

/**
 * The greedy policy of an algorithm as a self-contained ONNX model: input `observation`, as the environment gives it; output `action`, as the environment takes it. Inside are the normalisation
 * of observations, one-hot coding of discrete ones, the network with its weights, the choice of the best action, and rescaling or clipping to the bounds of the space.
 *
 * | space | tensor |
 * |---|---|
 * | box | float32 [N, ...shape] |
 * | discrete | int32 [N] |
 * | multi-discrete, multi-binary | int32 [N, k] |
 *
 * The file notes `algorithm`, `observationSpace` and `actionSpace` (JSON) in its metadata.
 *
 * @throws when the batch is no whole number of at least 1, or algorithm and spaces do not go together.
 */
export function exportPolicy<W extends Tree>({ algorithm, spaces, weights, batch = 'any', metadata = {} }: ExportPolicyOptions<W>): Uint8Array {
  if (batch !== 'any' && !(Number.isInteger(batch) && batch >= 1)) throw new Error(`exportPolicy: the batch is ${batch}; it must be a whole number of at least 1, or 'any'`);
  const notes = { algorithm: algorithm.name, observationSpace: spaceNote(spaces.observation), actionSpace: spaceNote(spaces.action) };
  const policy = algorithm.deployed(spaces);
  return exportOnnx(({ observation }) => ({ action: policy(weights, observation) }), {
    inputs: { observation: observationInput(spaces.observation, batch === 'any' ? 'N' : batch) },
    name: 'policy',
    doc: `The greedy policy of ${algorithm.name}: observations as the environment gives them, actions as it takes them.`,
    metadata: { ...notes, ...metadata },
  });
}
