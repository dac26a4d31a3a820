import { offTape, tf } from '@rivulet/engine';

/** Log-probabilities of the two answers of pairs, `[B]` each; those of the reference are constants. */
export interface PairLogProbs {
  readonly chosen: tf.Tensor;
  readonly rejected: tf.Tensor;
  /** The same answers under the reference; both or neither. Without, the loss is reference-free. */
  readonly chosenReference?: tf.Tensor;
  readonly rejectedReference?: tf.Tensor;
}

/** The switches of {@link dpoLoss}. */
export interface DpoOptions {
  readonly beta: number;
  /** ε, the share of pairs whose labels are thought to be swapped, in [0, 1/2); 0 unless given. */
  readonly labelSmoothing?: number;
  /** Divides the swapped part out instead of mixing it in, so that noisy labels give the clean loss on average (rDPO). */
  readonly robust?: boolean;
  /** γ ≥ 0, by how much the chosen answer is to be ahead: a number, or `[B]`; 0 unless given. */
  readonly margin?: number | tf.Tensor;
  /** ℓ: 'logistic' (unless given) or 'hinge'. */
  readonly form?: 'logistic' | 'hinge';
  /** The divergence from the reference that the policy is thought to pay; 'reverseKl' unless given. */
  readonly divergence?: 'reverseKl' | 'forwardKl' | 'js' | { readonly alpha: number };
}

/**
 * Direct preference optimisation, per pair, with h = log π − log π_ref of an answer:
 *
 * z = β·(g(h_chosen) − g(h_rejected)) − γ;  L = (1 − ε)·ℓ(z) + ε·ℓ(−z), robust: ((1 − ε)·ℓ(z) − ε·ℓ(−z))/(1 − 2ε)
 *
 * ℓ(z) = −log σ(z), or max(0, 1 − z). g(h) is h (reverse KL), −exp(−h) (forward KL), log σ(h) (Jensen-Shannon), (1 − exp(−α·h))/α (α in (0, 1)): f′ of the
 * divergence without constants, which cancel.
 *
 * | method | log-probabilities | settings |
 * |---|---|---|
 * | DPO (Rafailov et al. 2023, eq. 7) | sums, with reference | β 0.1 to 0.5 |
 * | cDPO (Mitchell 2023, eq. 3), rDPO (Chowdhury et al. 2024) | sums, with reference | labelSmoothing; and robust |
 * | SLiC, RSO (Zhao et al. 2023; Liu et al. 2023) | sums, without and with reference | form 'hinge' |
 * | f-DPO (Wang et al. 2023, "Beyond Reverse KL") | sums, with reference | divergence |
 * | SimPO (Meng et al. 2024, eq. 6) | means, without reference | β 2 to 10, margin γ (its code has γ/β as a setting) |
 * | DPO with an offset (Amini et al. 2024) | sums, with reference | margin `[B]` |
 *
 * With an SFT term beside it (RPO): `weighted({ dpo: [1, ...], sft: [η, aggregateLoss(nllLoss(chosen))] })`. Exponents of h are bounded at 20, which the code
 * of f-DPO leaves open.
 *
 * @param pair see {@link PairLogProbs} and `sequenceLogProb`
 * @returns `[B]`; gradient reaches `chosen` and `rejected`
 * @throws when one reference is missing, a divergence other than reverse KL has none, or ε or α is out of range.
 */
export function dpoLoss(pair: PairLogProbs, { beta, labelSmoothing = 0, robust = false, margin = 0, form = 'logistic', divergence = 'reverseKl' }: DpoOptions): tf.Tensor {
  const { chosen, rejected, chosenReference, rejectedReference } = pair;
  if ((chosenReference === undefined) !== (rejectedReference === undefined)) throw new Error('dpoLoss: give the log-probabilities of the reference for both answers, or for neither');
  if (chosenReference === undefined && divergence !== 'reverseKl') throw new Error('dpoLoss: a divergence other than reverse KL needs a reference');
  if (!(labelSmoothing >= 0 && labelSmoothing < 0.5)) throw new Error(`dpoLoss: labelSmoothing must be at least 0 and below 0.5, got ${labelSmoothing}`);
  if (typeof divergence === 'object' && !(divergence.alpha > 0 && divergence.alpha < 1)) throw new Error(`dpoLoss: alpha must be between 0 and 1, got ${divergence.alpha}`);
  return tf.tidy(() => {
    const score = (logProb: tf.Tensor, reference: tf.Tensor | undefined): tf.Tensor => scoreOf(reference === undefined ? logProb : logProb.sub(offTape(() => reference.clone())), divergence);
    const ahead = score(chosen, chosenReference).sub(score(rejected, rejectedReference)).mul(beta);
    const z = typeof margin === 'number' ? ahead.sub(margin) : ahead.sub(offTape(() => margin.clone()));
    const clean = lossOf(z, form);
    if (labelSmoothing === 0) return clean;
    const swapped = lossOf(z.neg(), form).mul(labelSmoothing);
    const kept = clean.mul(1 - labelSmoothing);
    return robust ? kept.sub(swapped).div(1 - 2 * labelSmoothing) : kept.add(swapped);
  });
}

function scoreOf(h: tf.Tensor, divergence: NonNullable<DpoOptions['divergence']>): tf.Tensor {
  const bounded = (exponent: tf.Tensor): tf.Tensor => tf.minimum(exponent, 20).exp();
  if (divergence === 'reverseKl') return h;
  if (divergence === 'forwardKl') return bounded(h.neg()).neg();
  if (divergence === 'js') return h.neg().softplus().neg();
  return bounded(h.mul(-divergence.alpha)).div(-divergence.alpha);
}

function lossOf(z: tf.Tensor, form: 'logistic' | 'hinge'): tf.Tensor {
  return form === 'logistic' ? z.neg().softplus() : tf.sub(1, z).relu();
}
