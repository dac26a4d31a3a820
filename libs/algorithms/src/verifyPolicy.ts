import { loadOnnx, ndarray, type NdArray, type OnnxDescription, type Rng, sizeOf, type Tree } from '@rivulet/engine';
import { allocateRows, type Rows, type Space, writeRow } from '@rivulet/envs';
import type { Algorithm, Spaces } from './algorithm.js';
import { probedActions } from './probedActions.js';

/** How an exported policy compares with the one that it was made of. */
export interface PolicyComparison {
  /** What the file says about itself. */
  readonly description: OnnxDescription;
  /** Observations on which both acted. */
  readonly observations: number;
  /** The largest difference of a number of an action, in the environment's units; of discrete actions, of their numbers. */
  readonly largestDifference: number;
  /** Observations for which an action of a discrete space was another: where two actions are worth the same up to rounding. */
  readonly otherChoices: number;
}

export interface VerifyPolicyOptions<W extends Tree> {
  readonly algorithm: Algorithm<W>;
  /** Of the environment as it comes, not as the algorithm adapts it. */
  readonly spaces: Spaces;
  readonly weights: W;
  readonly rng: Rng;
  /** Observations at least; 256 by default. */
  readonly rows?: number;
}

function sampleRows(space: Space, n: number, rng: Rng): Rows {
  const rows = allocateRows(space as never, n);
  for (let i = 0; i < n; i++) writeRow(space as never, space.sample(rng) as never, rows, i);
  return rows;
}

/** So many rows at a time: as many as the model was made for, or, where it takes any number, one and then the others. */
function batches(fixed: number | string, rows: number): number[] {
  return typeof fixed === 'string' ? (rows > 1 ? [1, rows - 1] : [1]) : Array<number>(Math.ceil(rows / fixed)).fill(fixed);
}

function compare(expected: Rows, actual: NdArray['data'], n: number): Pick<PolicyComparison, 'largestDifference' | 'otherChoices'> {
  const width = expected.length / n;
  const differences = Array.from(expected, (value, i) => Math.abs(value - actual[i]));
  const largestDifference = differences.reduce((largest, each) => Math.max(largest, each), 0);
  const others = expected instanceof Int32Array ? Array.from({ length: n }, (_, i) => differences.slice(i * width, (i + 1) * width).some((each) => each !== 0)) : [];
  return { largestDifference, otherChoices: others.filter(Boolean).length };
}

/**
 * Loads an exported policy with ONNX Runtime, and compares its actions with those that the environment gets from the greedy policy itself, for observations that are sampled from the space.
 * @throws when the file cannot be loaded.
 */
export async function verifyPolicy<W extends Tree>(bytes: Uint8Array, { algorithm, spaces, weights, rng, rows = 256 }: VerifyPolicyOptions<W>): Promise<PolicyComparison> {
  const model = await loadOnnx(bytes);
  try {
    const [{ shape, dtype }] = model.description.inputs;
    let [observations, largestDifference, otherChoices] = [0, 0, 0];
    for (const n of batches(shape[0], rows)) {
      const observation = sampleRows(spaces.observation, n, rng);
      const expected = await probedActions({ algorithm, spaces, weights, observation, n });
      const sizes = [n, ...(shape.slice(1) as number[])];
      const { action } = await model.run({ observation: ndarray(dtype as 'float32', sizes, observation.slice() as Float32Array) });
      if (action.shape[0] !== n || sizeOf(action.shape) !== expected.length) throw new Error(`verifyPolicy: the actions have the shape [${action.shape.join(', ')}] for ${n} observations, expected ${expected.length} numbers`);
      const found = compare(expected, action.data, n);
      observations += n;
      largestDifference = Math.max(largestDifference, found.largestDifference);
      otherChoices += found.otherChoices;
    }
    return { description: model.description, observations, largestDifference, otherChoices };
  } finally {
    await model.dispose();
  }
}
