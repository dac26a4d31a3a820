import { type HostBatch, joinSnapshots, linearSchedule, restoreRng, type Rng, sizeOf, type Snapshot, snapshotPart, snapshotRng, tf, type Tree } from '@rivulet/engine';
import { gatherRows, hostBatch, nStepWriter, prioritizedSampler, replayBuffer, transitionSpec, uniformSampler } from '@rivulet/replay';
import type { Chunk, ChunkLearner } from '@rivulet/streams';
import type { Spaces } from './algorithm.js';
import { flatRows } from './flatRows.js';
import type { Learner } from './learner.js';
import { type NormalizerWeights, normalizeWith, ObservationNormalizer } from './observationNormalizer.js';
import type { OffPolicyConfig } from './offPolicyAlgorithm.js';
import type { PolicyWeights } from './policyWeights.js';
import type { Rollout } from './rollout.js';
import { actionField, spaceField } from './spaceFields.js';
import { type RowTensors, stateHolder } from './stateHolder.js';

/** Transitions drawn from a replay buffer, first axis [B]. */
export type ReplayBatch = {
  readonly observation: tf.Tensor;
  readonly action: tf.Tensor;
  /** `[B]`: the reward, or the discounted sum of n of them. */
  readonly reward: tf.Tensor;
  /** `[B]`: γⁿ (1 - terminated), by which the bootstrap value counts. */
  readonly discount: tf.Tensor;
  /** `[B]`: 1 where the task ended. */
  readonly terminated: tf.Tensor;
  readonly nextObservation: tf.Tensor;
  /** `[B]`: importance weights of prioritised replay, else ones. */
  readonly weight: tf.Tensor;
};

/** Of one phase: its batches are in memory at once. */
const MOST_UPDATES = 64;

/** Digests rollouts the off-policy way: every transition goes into a replay buffer, then so many batches are drawn from it. */
export function replayLearner<S extends Tree>(options: {
  readonly learner: Learner<S, ReplayBatch>;
  /** The part of the state that acts. */
  readonly acting: (state: S) => Tree;
  readonly spaces: Spaces;
  readonly config: OffPolicyConfig;
  /** The updates that the run will make, over which the importance weights of prioritised replay grow to their full size. */
  readonly updates: number;
  readonly rng: Rng;
  /** Learn by compiled graphs, a round of updates as one loop; default true. */
  readonly compile?: boolean;
}): ChunkLearner<PolicyWeights, Rollout> {
  const { config, spaces, compile = true } = options;
  const { numEnvs, batchSize } = config;
  const [initRng, ...streams] = options.rng.split(3);
  let [sampleRng, updateRng] = streams;
  const prioritized = config.prioritized !== undefined;
  const holder = stateHolder({ learner: options.learner, batch: learnerBatch, rng: initRng, prioritized, compile });
  const spec = transitionSpec({ observation: spaceField(spaces.observation), action: actionField(spaces.action) });
  const { discount: _derived, ...collected } = spec;
  const { truncated: _unused, ...used } = spec;
  const fields = Object.keys(used) as (keyof typeof used)[];
  const learned = { ...used, weight: { shape: [], dtype: 'float32' } } as const;
  const row = hostBatch(collected, [numEnvs]);
  const indices = new Int32Array(numEnvs);
  const buffer = replayBuffer({
    spec,
    capacity: config.bufferSize,
    envs: numEnvs,
    writer: nStepWriter({ n: config.nStep, discount: config.discount }),
    sampler: config.prioritized === undefined ? uniformSampler() : prioritizedSampler({ alpha: config.prioritized.alpha, beta: linearSchedule({ from: config.prioritized.beta, to: 1, steps: options.updates }) }),
  });
  const normalizer = new ObservationNormalizer(config.normalizeObservation, sizeOf(spaceField(spaces.observation).shape));
  let seen = 0;

  const store = (rollout: Rollout): void => {
    const [copies, steps] = rollout.reward.shape;
    for (let t = 0; t < steps; t++) {
      for (let copy = 0; copy < copies; copy++) indices[copy] = copy * steps + t;
      buffer.add(gatherRows(rollout, indices, row));
    }
  };

  /** So many batches, drawn one after another; each field [K, B, ...]. */
  const draw = (turns: number): { readonly rows: HostBatch; readonly drawn: Int32Array } => {
    const rows: HostBatch = hostBatch(learned, [turns, batchSize]);
    rows.weight.data.fill(1);
    let drawn: Int32Array = new Int32Array();
    for (let turn = 0; turn < turns; turn++) {
      const { batch, indices: rowsDrawn, weights } = buffer.sample(sampleRng, batchSize);
      for (const name of fields) rows[name].data.set(batch[name].data, turn * batch[name].data.length);
      if (weights !== undefined) rows.weight.data.set(weights, turn * batchSize);
      drawn = rowsDrawn;
    }
    return { rows, drawn };
  };

  const update = async (turns: number): Promise<void> => {
    const { rows, drawn } = draw(turns);
    const priority = await holder.run(rows, { normalizer: normalizer.weights }, updateRng);
    if (priority !== undefined) buffer.update(drawn, priority.data);
  };

  return {
    get weights() {
      return { policy: holder.weights(options.acting), normalizer: normalizer.weights };
    },
    get updates() {
      return holder.updates;
    },
    async learn(chunk: Chunk<Rollout>) {
      store(chunk.data);
      tf.tidy(() => normalizer.observe(flatRows(chunk.data.observation)));
      seen += chunk.steps;
      if (seen < config.learningStarts || buffer.size === 0) return {};
      // Priorities of one update decide what the next one draws; without them, a round is one phase.
      if (prioritized) for (let i = 0; i < config.gradientSteps; i++) await update(1);
      else for (let made = 0; made < config.gradientSteps; made += MOST_UPDATES) await update(Math.min(MOST_UPDATES, config.gradientSteps - made));
      return holder.readMetrics();
    },
    async snapshot(): Promise<Snapshot> {
      return joinSnapshots({
        state: await holder.snapshot(),
        buffer: buffer.snapshot(),
        normalizer: await normalizer.snapshot(),
        sampleRng: snapshotRng(sampleRng),
        updateRng: snapshotRng(updateRng),
        progress: { arrays: {}, data: { seen } },
      });
    },
    restore(snapshot) {
      holder.restore(snapshotPart(snapshot, 'state'));
      buffer.restore(snapshotPart(snapshot, 'buffer'));
      normalizer.restore(snapshotPart(snapshot, 'normalizer'));
      sampleRng = restoreRng(snapshotPart(snapshot, 'sampleRng'));
      updateRng = restoreRng(snapshotPart(snapshot, 'updateRng'));
      seen = Number(snapshotPart(snapshot, 'progress').data.seen);
    },
    dispose() {
      holder.dispose();
      normalizer.dispose();
    },
  };
}

/** What a learner gets for stored transitions: observations as float32 rows [B, D], normalised. */
function learnerBatch(rows: RowTensors, shared: Tree): ReplayBatch {
  const { normalizer } = shared as { readonly normalizer: NormalizerWeights };
  const observed = (tensor: tf.Tensor): tf.Tensor => normalizeWith(normalizer, tensor.reshape([tensor.shape[0], -1]).toFloat());
  return { ...(rows as ReplayBatch), observation: observed(rows.observation), nextObservation: observed(rows.nextObservation) };
}
