import { applyUpdates, type GradientTransform, type Metrics, type Rng, tf, type Tree, treeMap, valueAndGrad } from '@rivulet/engine';
import type { Aggregation } from '@rivulet/losses';
import { type CausalTransformer, tokenLogProbs, type TransformerParameters } from '@rivulet/networks';
import type { Learner, Updated } from '../learner.js';

/** A language model that learns: the whole of it, or a part such as low-rank adapters. */
export interface TokenModel {
  readonly model: CausalTransformer;
  /** What is trained. */
  init(rng: Rng): Tree;
  /** The model's parameters with what is trained in its place. */
  parameters(trained: Tree): TransformerParameters;
  /** Values [B, T] of hidden states [B, T, D], where the policy has a value head. */
  value?(trained: Tree, hidden: tf.Tensor): tf.Tensor;
}

export type TokenPolicyState = {
  readonly trained: Tree;
  readonly optimizer: Tree;
  /** Scalar: updates made. */
  readonly step: tf.Tensor;
};

/** Rows of a {@link tokenRollout}, and what was made of them. */
export type TokenBatch = {
  /** int32 [B, P+T] */
  readonly tokens: tf.Tensor;
  /** `[B, P+T]`: 1 where a token is real. */
  readonly mask: tf.Tensor;
  /** `[B, T]`: 1 where a completion has a token. */
  readonly written: tf.Tensor;
  /** `[B, T]`: log-probability under the policy that wrote. */
  readonly logProb: tf.Tensor;
  /** [B] */
  readonly reward: tf.Tensor;
  /** [B] or [B, T] */
  readonly advantage: tf.Tensor;
  /** `[B, T]`: log-probability under the reference; zeros where there is none. */
  readonly referenceLogProb: tf.Tensor;
  /** `[B, T]`: the value of what stood before each token, where the policy has a value head. */
  readonly value?: tf.Tensor;
  /** `[B, T]`: the value's target. */
  readonly returns?: tf.Tensor;
};

/** What a {@link TokenObjective} sees: the batch, and the model evaluated on it. */
export interface TokenObjectiveInputs {
  readonly batch: TokenBatch;
  /** `[B, T, V]`: at the temperature of sampling, scoring each token of the completion. */
  readonly logits: tf.Tensor;
  /** `[B, T]`: of the tokens of the completion; 0 where there is none. */
  readonly logProb: tf.Tensor;
  /** `[B, T]`: of what stands before each token, where the policy has a value head. */
  readonly value?: tf.Tensor;
  /** Scalar: updates made so far. */
  readonly step: tf.Scalar;
}

/** The scalar to minimise and what to report, as an `Objective` of robots: the action is a token. */
export type TokenObjective = (inputs: TokenObjectiveInputs) => { readonly loss: tf.Scalar; readonly metrics: Metrics };

export interface TokenPolicyOptions {
  readonly objective: TokenObjective;
  readonly optimizer: GradientTransform;
  /** T: completions stand in the last T columns. */
  readonly newTokens: number;
  /** Of sampling. Default: 1. */
  readonly temperature?: number;
  /** Parts into which a batch is cut, whose gradients are added up: the same step in less memory. Must divide the rows. Default: 1. */
  readonly accumulate?: number;
  /** How the objective reduces its losses: by this the parts are weighed, so that their sum is the loss of the whole. Default: token. */
  readonly aggregation?: Aggregation;
}

/** A language model as a learner: one gradient step of an objective over completions. */
export function tokenPolicy(policy: TokenModel, options: TokenPolicyOptions): Learner<TokenPolicyState, TokenBatch> {
  const { objective, optimizer, newTokens, temperature = 1, accumulate = 1, aggregation = { mode: 'token' } } = options;

  const gradients = (state: TokenPolicyState, batch: TokenBatch) =>
    valueAndGrad((trained: Tree) => {
      const scores = completionScores(policy, trained, batch, { newTokens, temperature });
      const { loss, metrics } = objective({ batch, ...scores, step: state.step as tf.Scalar });
      return { loss, aux: metrics };
    })(state.trained);

  /** Gradients and metrics of the batch, as sums over its parts. */
  const accumulated = (state: TokenPolicyState, batch: TokenBatch) => {
    const parts = partsOf(batch, accumulate);
    const shares = sharesOf(parts, aggregation);
    return parts
      .map((part, i) => {
        const { aux, grads } = gradients(state, part);
        const scaled = <X extends Tree>(tree: X): X => treeMap((x) => x.mul(shares[i]), tree);
        return { aux: scaled(aux as Tree), grads: scaled(grads) };
      })
      .reduce((sum, next) => ({ aux: treeMap((a, b) => a.add(b), sum.aux, next.aux), grads: treeMap((a, b) => a.add(b), sum.grads, next.grads) }));
  };

  return {
    init(rng: Rng): TokenPolicyState {
      const trained = policy.init(rng);
      return { trained, optimizer: optimizer.init(trained), step: tf.scalar(0) };
    },
    update(state, batch): Updated<TokenPolicyState> {
      const { aux, grads } = accumulate === 1 ? gradients(state, batch) : accumulated(state, batch);
      const { updates, state: next } = optimizer.update(grads, state.optimizer, state.trained);
      return { state: { trained: applyUpdates(state.trained, updates), optimizer: next, step: state.step.add(1) }, metrics: aux as Metrics };
    },
  };
}

/** Logits [B, T, V], log-probabilities [B, T] and values [B, T] of completions that stand in the last T columns. */
export function completionScores(
  policy: TokenModel,
  trained: Tree,
  { tokens, mask, written }: Pick<TokenBatch, 'tokens' | 'mask' | 'written'>,
  { newTokens, temperature }: { readonly newTokens: number; readonly temperature: number },
): Pick<TokenObjectiveInputs, 'logits' | 'logProb' | 'value'> {
  const parameters = policy.parameters(trained);
  const [batch, width] = tokens.shape as [number, number];
  const hidden = policy.model.trunk.apply(parameters, { tokens, mask });
  // The token before a completion scores its first one.
  const before: tf.Tensor = hidden.slice([0, width - newTokens - 1, 0], [batch, newTokens, -1]);
  const logits = policy.model.logits(parameters, before).div(temperature);
  const logProb = tokenLogProbs(logits, tokens.slice([0, width - newTokens], [batch, newTokens]), written);
  return policy.value === undefined ? { logits, logProb } : { logits, logProb, value: policy.value(trained, before) };
}

function partsOf(batch: TokenBatch, count: number): TokenBatch[] {
  const rows = batch.tokens.shape[0] as number;
  if (rows % count !== 0) throw new Error(`tokenPolicy: accumulate must divide the rows of a batch, got ${count} for ${rows}`);
  const size = rows / count;
  return Array.from({ length: count }, (_, i) => treeMap((field) => field.slice([i * size, ...field.shape.slice(1).map(() => 0)], [size, ...field.shape.slice(1)]), batch));
}

/** What each part counts for in the loss of the whole: scalars that sum to 1. */
function sharesOf(parts: readonly TokenBatch[], aggregation: Aggregation): tf.Tensor[] {
  if (aggregation.mode === 'constant') return parts.map(() => tf.scalar(1 / parts.length));
  const counts = parts.map(({ written }) => {
    if (aggregation.mode === 'token') return written.sum();
    const filled = written.sum(1).greater(0).toFloat();
    return aggregation.mode === 'sequence' ? filled.sum() : filled.reshape([-1, aggregation.groupSize]).max(1).sum();
  });
  const total = tf.maximum(tf.addN(counts), 1);
  return counts.map((count) => count.div(total));
}
