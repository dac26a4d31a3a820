import { tf } from '@rivulet/engine';

/**
 * How much the odds of a chosen answer are ahead of those of a rejected one, per pair, with odds(p) = p/(1 − p):
 *
 * L = −log σ(log odds(p_chosen) − log odds(p_rejected)), log odds = log p − log(1 − p)
 *
 * ORPO is the negative log-likelihood of the chosen answer plus λ times this, without a reference: `weighted({ sft: [1, ...], odds: [λ, ...] })`, λ 0.1 or so.
 *
 * Hong et al. 2024, "ORPO: Monolithic Preference Optimization without Reference Model", eqs. 4, 6 and 7. p is the geometric mean over the tokens: take
 * `sequenceLogProb` with 'mean'; of sums, 1 − p is 1 and the odds are the probability. In their code the likelihood term covers the prompt as well, unless it
 * is switched off.
 *
 * @param pair mean log-probabilities of the answers, `[B]` each, below 0 (above −1e-7 they count as that in 1 − p)
 * @returns `[B]`
 */
export function oddsRatioLoss({ chosen, rejected }: { readonly chosen: tf.Tensor; readonly rejected: tf.Tensor }): tf.Tensor {
  return tf.tidy(() => logOdds(rejected).sub(logOdds(chosen)).softplus());
}

function logOdds(logProb: tf.Tensor): tf.Tensor {
  // 1 − exp(x) as −expm1(x): exact where x is near 0.
  return logProb.sub(tf.minimum(logProb, -1e-7).expm1().neg().log());
}
