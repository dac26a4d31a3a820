import { compile, type HostBatch, joinSnapshots, type NdArray, restoreRng, type Rng, type Snapshot, snapshotPart, snapshotRng, tf, type Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import { maskedDiffusionOnePass } from './maskedDiffusionOnePass.js';
import { maskedDiffusionModel } from './maskedDiffusionScores.js';
import { maskTokens } from './maskTokens.js';
import { completionScores, type TokenModel } from '../tokenPolicy.js';

export interface MaskedDiffusionActorOptions {
  /** Who lets the policy write, such as a `taskActor` with an `unmaskingGenerator`; freed with this one. */
  readonly actor: Actor<Tree, HostBatch>;
  readonly policy: TokenModel;
  readonly newTokens: number;
  /** The probability with which a token of a prompt is hidden. Default: 0.15. */
  readonly hiddenPrompt?: number;
  /** Of the log-probabilities. Default: 1. */
  readonly temperature?: number;
  readonly rng: Rng;
  /** Default: true. */
  readonly compile?: boolean;
}

/**
 * An actor whose completions get the log-probabilities of {@link maskedDiffusionOnePass}, under the policy that wrote them and with prompts partly hidden. The prompts stay hidden like that in the chunk, so that the policy that
 * learns, the one that wrote and the reference are compared on one and the same input.
 *
 * Source: Zhao et al., "d1" (2025), section 3.1 (random prompt masking), and dllm-reasoning/d1, which scores without temperature and hides prompts anew for every pass over the completions; here it is
 * once for a chunk.
 *
 * @throws when the policy's model is no `maskedDiffusionLm`.
 */
export function maskedDiffusionActor(options: MaskedDiffusionActorOptions): Actor<Tree, HostBatch> {
  const { actor, newTokens, hiddenPrompt = 0.15, temperature = 1, compile: compiled = true } = options;
  const { maskToken } = maskedDiffusionModel(options.policy.model);
  const onePass = maskedDiffusionOnePass(options.policy, newTokens);
  let { rng } = options;

  const rescored = compile(
    (weights: Tree, tokens: tf.Tensor, mask: tf.Tensor, written: tf.Tensor, { noise }: { readonly noise: Rng }) => {
      const [rows, width] = tokens.shape as [number, number];
      const prompts = tf.concat([mask.slice([0, 0], [rows, width - newTokens]), tf.zeros([rows, newTokens])], 1);
      const { tokens: seen } = maskTokens(tokens, { maskToken, probability: hiddenPrompt, noise: noise.uniform([rows, width]), mask: prompts });
      return { tokens: seen, logProb: completionScores(onePass, weights, { tokens: seen, mask, written }, { newTokens, temperature }).logProb };
    },
    { eager: !compiled },
  );

  return {
    async collect(weights) {
      const chunk = await actor.collect(weights);
      const { tokens, mask, written } = chunk.data;
      const scores = await rescored(weights, tokens, mask, written, { noise: rng });
      return { ...chunk, data: { ...chunk.data, tokens: scores.tokens.toHost() as NdArray, logProb: scores.logProb.toHost() as NdArray } };
    },
    async snapshot(): Promise<Snapshot> {
      return joinSnapshots({ actor: await actor.snapshot(), hiding: snapshotRng(rng) });
    },
    async restore(snapshot) {
      await actor.restore(snapshotPart(snapshot, 'actor'));
      rng = restoreRng(snapshotPart(snapshot, 'hiding'));
    },
    dispose() {
      actor.dispose();
      void rescored.dispose();
    },
  };
}
