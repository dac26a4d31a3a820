import { joinSnapshots, linearSchedule, ndarray, type NdArray, restoreRng, type Rng, sizeOf, type Snapshot, snapshotPart, snapshotRng, tf, toTensor, type Tree } from '@rivulet/engine';
import { gatherRows, hostBatch, nStepWriter, prioritizedSampler, replayBuffer, transitionSpec, uniformSampler } from '@rivulet/replay';
import { type Chunk, type ChunkLearner, nextTurn } from '@rivulet/streams';
import type { Spaces } from './algorithm.js';
import { flatRows } from './flatRows.js';
import type { Learner } from './learner.js';
import { ObservationNormalizer } from './observationNormalizer.js';
import type { OffPolicyConfig } from './offPolicyAlgorithm.js';
import type { PolicyWeights } from './policyWeights.js';
import type { Rollout } from './rollout.js';
import { actionField, spaceField } from './spaceFields.js';
import { StateHolder } from './stateHolder.js';

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

// A round of learning gives the event loop a turn now and then, so that an interrupt is heard.
const UPDATES_PER_TURN = 16;

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
}): ChunkLearner<PolicyWeights, Rollout> {
  const { config, spaces } = options;
  const { numEnvs, batchSize } = config;
  const [initRng, ...streams] = options.rng.split(3);
  let [sampleRng, updateRng] = streams;
  const holder = new StateHolder(options.learner, initRng);
  const spec = transitionSpec({ observation: spaceField(spaces.observation), action: actionField(spaces.action) });
  const { discount: _derived, ...collected } = spec;
  const row = hostBatch(collected, [numEnvs]);
  const indices = new Int32Array(numEnvs);
  const ones = ndarray('float32', [batchSize], new Float32Array(batchSize).fill(1));
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

  const update = async (): Promise<void> => {
    const { batch, indices: drawn, weights } = buffer.sample(sampleRng, batchSize);
    const weight = weights === undefined ? ones : ndarray('float32', [batchSize], weights);
    const priority = holder.update(replayTensors(batch, weight, normalizer), updateRng);
    if (priority === undefined) return;
    if (config.prioritized !== undefined) buffer.update(drawn, (await priority.data()) as Float32Array);
    priority.dispose();
  };

  return {
    get weights() {
      return { policy: options.acting(holder.state), normalizer: normalizer.weights };
    },
    get updates() {
      return holder.updates;
    },
    async learn(chunk: Chunk<Rollout>) {
      store(chunk.data);
      tf.tidy(() => normalizer.observe(flatRows(chunk.data.observation)));
      seen += chunk.steps;
      if (seen < config.learningStarts || buffer.size === 0) return {};
      for (let i = 0; i < config.gradientSteps; i++) {
        await update();
        if (i % UPDATES_PER_TURN === UPDATES_PER_TURN - 1) await nextTurn();
      }
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

/** The buffer reuses its arrays, and tensors may share the memory of what they are made from: hence the copies. */
function replayTensors(batch: { readonly [name: string]: NdArray }, weight: NdArray, normalizer: ObservationNormalizer): ReplayBatch {
  const upload = (array: NdArray): tf.Tensor => toTensor({ ...array, data: array.data.slice() } as NdArray);
  const observed = (array: NdArray): tf.Tensor => tf.tidy(() => normalizer.apply(upload(array).reshape([array.shape[0], -1]).toFloat()));
  return {
    observation: observed(batch.observation),
    nextObservation: observed(batch.nextObservation),
    action: upload(batch.action),
    reward: upload(batch.reward),
    discount: upload(batch.discount),
    terminated: upload(batch.terminated),
    weight: upload(weight),
  };
}
