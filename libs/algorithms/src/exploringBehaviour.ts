import { joinSnapshots, restoreRng, type Rng, sizeOf, snapshotPart, snapshotRng, type tf, type Tree } from '@rivulet/engine';
import { allocateRows, type Rows, writeRow } from '@rivulet/envs';
import { type NoiseLaw, noiseProcess } from '@rivulet/exploration';
import type { Spaces } from './algorithm.js';
import type { Behaviour } from './behaviour.js';
import { type RowContext, rowFunction } from './rowFunction.js';
import { actionField, rowsArray, spaceField } from './spaceFields.js';

/** Acts at random for a while, then as it is told, with noise on top. */
export function exploringBehaviour<W extends Tree>(options: {
  readonly spaces: Spaces;
  readonly choose: (weights: W, observation: tf.Tensor, context: RowContext) => tf.Tensor;
  /** Added to continuous actions, which stay within [-1, 1]. */
  readonly noise?: NoiseLaw;
  readonly numEnvs: number;
  /** Environment steps during which actions are drawn uniformly. */
  readonly uniformSteps: number;
  readonly rng: Rng;
  /** Act by a compiled graph; default true. */
  readonly compile?: boolean;
}): Behaviour<W> {
  const { spaces, choose, uniformSteps, numEnvs, compile = true } = options;
  const streams = options.rng.split(2);
  let rng = streams[0];
  const noise = options.noise === undefined ? undefined : noiseProcess(numEnvs, sizeOf(spaceField(spaces.action).shape), options.noise, streams[1]);

  const uniform = (n: number): Rows => {
    const rows = allocateRows(spaces.action as never, n);
    for (let i = 0; i < n; i++) writeRow(spaces.action as never, spaces.action.sample(rng) as never, rows, i);
    return rows;
  };

  const act = rowFunction<W>((...inputs) => ({ action: choose(...inputs) }), { compile });
  const chosen = async (weights: W, observation: Rows, step: number): Promise<Rows> => (await act(weights, rowsArray(observation, spaces.observation), { rng, step })).action.data as Rows;

  return {
    fields: { action: actionField(spaces.action) },
    async act(weights, observation, step, ended) {
      const random = step < uniformSteps;
      const action = random ? uniform(ended.length) : await chosen(weights, observation, step);
      noise?.reset(ended);
      if (!random) noise?.perturb(action as Float32Array, { bounds: { low: -1, high: 1 } });
      return { action: rowsArray(action, spaces.action) };
    },
    async snapshot() {
      return joinSnapshots({ rng: snapshotRng(rng), noise: (await noise?.snapshot()) ?? { arrays: {}, data: {} } });
    },
    async restore(snapshot) {
      rng = restoreRng(snapshotPart(snapshot, 'rng'));
      await noise?.restore(snapshotPart(snapshot, 'noise'));
    },
  };
}
