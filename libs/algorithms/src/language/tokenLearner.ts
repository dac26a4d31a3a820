import { cloneTree, compile, type HostBatch, joinSnapshots, ndarray, type NdArray, pack, restoreRng, type Rng, type Snapshot, snapshotPart, snapshotRng, tf, type Tree } from '@rivulet/engine';
import type { RatioOptions } from '@rivulet/returns';
import type { Chunk, ChunkLearner } from '@rivulet/streams';
import { correctedAdvantage } from './methods/correctedAdvantage.js';
import type { Learner } from '../learner.js';
import { packedFromSnapshot } from '../packedFromSnapshot.js';
import { packedSnapshot } from '../packedSnapshot.js';
import { type RowTensors, stateHolder } from '../stateHolder.js';
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
  /**
   * Completions were written by other policies than the newest: older ones, or the same in an engine that computes otherwise. The newest policy scores a rollout before it is learned from; its log-probabilities take the place of
   * `logProb`, for `prepare` too, so that a surrogate clips around them, and advantages are multiplied by its importance ratio to the policy that wrote ({@link correctedAdvantage}). Levels 'sequence' and 'geometric' give a completion one ratio, the others
   * each token its own, which only objectives over tokens can take. Default: none.
   */
  readonly correction?: RatioOptions;
  /** What was trained before: where learning begins, in place of a fresh start. Its tensors are copied. */
  readonly from?: Tree;
  readonly rng: Rng;
  /** Default: true. */
  readonly compile?: boolean;
}

/** Digests rollouts of completions: advantages, then so many epochs over shuffled minibatches of whole groups. The policy's weights are what is trained, with the rest of the model in place. */
export function tokenLearner(options: TokenLearnerOptions): ChunkLearner<Tree, HostBatch> {
  const { policy, groupSize, minibatchGroups, epochs, newTokens, temperature = 1, withReference = false, correction, from, compile: compiled = true } = options;
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

  /** The rollout as the newest policy sees it: what it thinks that each place of a completion is worth, and where learning corrects for who wrote, how likely it finds the tokens. */
  const asSeenNow = async (rollout: HostBatch): Promise<HostBatch> => {
    if (policy.value === undefined && correction === undefined) return rollout;
    const { logProb, value } = await score(holder.weights(trainedPart), rollout.tokens, rollout.mask, rollout.written);
    return {
      ...rollout,
      ...(value === undefined ? {} : { value: value.toHost() as NdArray }),
      ...(correction === undefined ? {} : { logProb: logProb.toHost() as NdArray, behaviourLogProb: rollout.logProb }),
    };
  };

  /** Advantages, and what else is to be learned from. */
  const prepared = async (rollout: HostBatch): Promise<Prepared> => {
    const own = await options.prepare(rollout);
    if (correction === undefined) return own;
    const { advantage, metrics } = await correctedAdvantage({ advantage: own.advantage, logProb: rollout.logProb, behaviourLogProb: rollout.behaviourLogProb, written: rollout.written }, correction);
    return { ...own, advantage, metrics: { ...own.metrics, ...metrics } };
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
      const rollout = { ...(await asSeenNow(data)), referenceLogProb: await referenceScores(data) };
      const { metrics, ...fields } = await prepared(rollout);
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
