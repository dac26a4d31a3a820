import { fromTensor, type NdArray, tf, toTensor } from '@rivulet/engine';
import { importanceRatio, type RatioOptions } from '@rivulet/returns';

/** What {@link correctedAdvantage} reads. */
export interface CorrectionInput {
  /** [N] or [N, T] */
  readonly advantage: NdArray<'float32'>;
  /** log-probability [N, T] of the tokens under the policy that learning sets out from. */
  readonly logProb: NdArray;
  /** log-probability [N, T] under the policy that wrote. */
  readonly behaviourLogProb: NdArray;
  /** `[N, T]`: 1 where a completion has a token. */
  readonly written: NdArray;
}

/**
 * Advantages of completions that another policy wrote, each times its importance ratio: Â' = w Â with w = π_prox / μ per token or per completion, truncated and so on as `options` say. Together with a surrogate that clips around π_prox this
 * is the decoupled objective,
 *
 * L = -E_μ[(π_prox / μ) min(ρ Â, clip(ρ, 1-ε, 1+ε) Â)],   ρ = π / π_prox,
 *
 * since w ≥ 0 can stand inside the minimum.
 *
 * Source: Hilton et al., "Batch size-invariance for policy optimization" (2022), the decoupled clipped objective; for language models Fu et al., "AReaL" (2025). Truncated ratios: Espeholt et al., "IMPALA" (2018), section 4.1.
 *
 * @returns the advantages, [N] if they were and the ratio belongs to the completion, otherwise [N, T]; and `importanceWeight`, the mean ratio of tokens (or completions), with `behaviourKl`, the k3 estimate of
 * KL(μ‖π_prox) a token in nats.
 */
export async function correctedAdvantage({ advantage, logProb, behaviourLogProb, written }: CorrectionInput, options: RatioOptions): Promise<{ readonly advantage: NdArray<'float32'>; readonly metrics: { readonly [name: string]: number } }> {
  const { corrected, weight, kl } = tf.tidy(() => {
    const [own, proximal, behaviour, mask] = [advantage, logProb, behaviourLogProb, written].map((array) => toTensor(array));
    const ratio = importanceRatio({ logProb: proximal, behaviourLogProb: behaviour, mask }, options);
    const rank = Math.max(own.rank, ratio.rank);
    const spread = (x: tf.Tensor): tf.Tensor => (x.rank < rank ? x.expandDims(-1) : x);
    const counts = ratio.rank === 2 ? mask : mask.max(-1);
    const mean = (x: tf.Tensor, over: tf.Tensor): tf.Tensor => x.mul(over).sum().div(tf.maximum(over.sum(), 1));
    const difference = proximal.sub(behaviour).mul(mask);
    return { corrected: spread(own).mul(spread(ratio)), weight: mean(ratio, counts), kl: mean(difference.exp().sub(1).sub(difference), mask) };
  });
  const metrics = { importanceWeight: (await weight.data())[0], behaviourKl: (await kl.data())[0] };
  const result = (await fromTensor(corrected)) as NdArray<'float32'>;
  tf.dispose([corrected, weight, kl]);
  return { advantage: result, metrics };
}
