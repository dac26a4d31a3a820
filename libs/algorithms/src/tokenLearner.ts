import { cloneTree, compile, type HostBatch, joinSnapshots, ndarray, type NdArray, pack, restoreRng, type Rng, type Snapshot, snapshotPart, snapshotRng, tf, type Tree } from '@rivulet/engine';
import type { Chunk, ChunkLearner } from '@rivulet/streams';
import type { Learner } from './learner.js';
import { packedFromSnapshot } from './packedFromSnapshot.js';
import { packedSnapshot } from './packedSnapshot.js';
import { type RowTensors, stateHolder } from './stateHolder.js';
import { completionScores, type TokenBatch, type TokenModel, type TokenPolicyState } from './tokenPolicy.js';

/** What a rollout becomes before it is learned from. */
export interface Prepared {
  /** [N] or [N, T] */
  readonly advantage: NdArray<'float32'>;
  /** Targets [N, T] of the values, where there is a value head. */
  readonly returns?: NdArray<'float32'>;
  readonly metrics: { readonly [name: string]: number };
}

export interface TokenLearnerOptions {
  readonly policy: TokenModel;
  readonly learner: Learner<TokenPolicyState, TokenBatch>;
  /** Advantages of the completions of a rollout, in which stand `referenceLogProb` [N, T] and, with a value head, `value` [N, T]. */
  readonly prepare: (rollout: HostBatch) => Promise<Prepared>;
  /** Consecutive rows that stay together, such as the completions of a prompt. */
  readonly groupSize: number;
  /** Groups in a gradient step. What is left over at the end of an epoch waits for the next shuffle. */
  readonly minibatchGroups: number;
  readonly epochs: number;
  readonly newTokens: number;
  readonly temperature?: number;
  /** Score completions under the policy as it was at the start, or as `reference` says. Default: false. */
  readonly withReference?: boolean;
  /** What was trained before: where learning begins, in place of a fresh start. Its tensors are copied. */
  readonly from?: Tree;
  readonly rng: Rng;
  /** Default: true. */
  readonly compile?: boolean;
}

/** Digests rollouts of completions: advantages, then so many epochs over shuffled minibatches of whole groups. The policy's weights are what is trained, with the rest of the model in place. */
export function tokenLearner(options: TokenLearnerOptions): ChunkLearner<Tree, HostBatch> {
  const { policy, groupSize, minibatchGroups, epochs, newTokens, temperature = 1, withReference = false, from, compile: compiled = true } = options;
  const [initRng, shuffleRng, learnRng] = options.rng.split(3);
  let [shuffling, learning] = [shuffleRng, learnRng];
  const { learner } = options;
  const begun: Learner<TokenPolicyState, TokenBatch> = from === undefined ? learner : { ...learner, init: (rng) => ({ ...learner.init(rng), trained: cloneTree(from) }) };
  const holder = stateHolder({ learner: begun, batch: minibatch, rng: initRng, prioritized: false, compile: compiled });
  const score = compile(
    (trained: Tree, tokens: tf.Tensor, mask: tf.Tensor, written: tf.Tensor) => {
      const { logProb, value } = completionScores(policy, trained, { tokens, mask, written }, { newTokens, temperature });
      return value === undefined ? { logProb } : { logProb, value };
    },
    { eager: !compiled },
  );
  let reference = withReference ? pack<Tree>(holder.weights(trainedPart)) : undefined;

  const referenceScores = async (rollout: HostBatch): Promise<NdArray> => {
    if (reference === undefined) return ndarray('float32', rollout.written.shape);
    return (await score(reference, rollout.tokens, rollout.mask, rollout.written)).logProb.toHost() as NdArray;
  };

  /** What the newest policy thinks that each place of a completion is worth. */
  const values = async (rollout: HostBatch): Promise<HostBatch> => {
    if (policy.value === undefined) return {};
    const { value } = await score(holder.weights(trainedPart), rollout.tokens, rollout.mask, rollout.written);
    return { value: value!.toHost() as NdArray };
  };

  const update = async (rollout: HostBatch): Promise<void> => {
    const groups = rollout.tokens.shape[0] / groupSize;
    const size = Math.min(minibatchGroups, groups);
    const turns = Math.floor(groups / size);
    const rows = ndarray('int32', [epochs * turns, size * groupSize]);
    for (let epoch = 0; epoch < epochs; epoch++) {
      const order = shuffling.permutation(groups).subarray(0, turns * size);
      order.forEach((group, i) => {
        for (let j = 0; j < groupSize; j++) rows.data[(epoch * turns * size + i) * groupSize + j] = group * groupSize + j;
      });
    }
    await holder.run({ rows }, { rollout }, learning);
  };

  return {
    get weights() {
      return holder.weights(trainedPart);
    },
    get updates() {
      return holder.updates;
    },
    async learn({ data }: Chunk<HostBatch>) {
      const rollout = { ...data, ...(await values(data)), referenceLogProb: await referenceScores(data) };
      const { metrics, ...fields } = await options.prepare(rollout);
      await update({ ...rollout, ...fields });
      return { ...holder.readMetrics(), ...metrics };
    },
    async snapshot(): Promise<Snapshot> {
      return joinSnapshots({
        state: await holder.snapshot(),
        reference: reference === undefined ? { arrays: {}, data: {} } : await packedSnapshot(reference),
        shuffling: snapshotRng(shuffling),
        learning: snapshotRng(learning),
      });
    },
    restore(snapshot) {
      holder.restore(snapshotPart(snapshot, 'state'));
      if (reference !== undefined) reference = packedFromSnapshot(reference, snapshotPart(snapshot, 'reference'));
      shuffling = restoreRng(snapshotPart(snapshot, 'shuffling'));
      learning = restoreRng(snapshotPart(snapshot, 'learning'));
    },
    dispose() {
      holder.dispose();
      void score.dispose();
    },
  };
}

const trainedPart = ({ trained }: TokenPolicyState): Tree => trained;

/** The rows of a minibatch. */
function minibatch({ rows }: RowTensors, shared: Tree): TokenBatch {
  const { rollout } = shared as { readonly rollout: TokenBatch };
  return Object.fromEntries(Object.entries(rollout).map(([name, field]) => [name, tf.gather(field, rows as tf.Tensor1D)])) as TokenBatch;
}
