import { offTape, tf } from '@rivulet/engine';

/**
 * Squared error of the difference of two anchored log-ratios, per pair, with h = log π − log π_ref of an answer:
 *
 * L = (h₁ − h₂ − target)²
 *
 * IPO (Azar et al. 2023, "A General Theoretical Paradigm to Understand Learning from Human Preferences", eq. 17): h₁ of the chosen answer, target 1/(2τ). The
 * equation has log-probabilities of whole answers; its authors ran it with means per token, as TRL and HALOs do (`sequenceLogProb` with 'mean'). Contrastive
 * policy gradient (Flet-Berliac et al. 2024): any two answers, target (r₁ − r₂)/β. INPO (Zhang et al. 2024): h against reference and previous policy, target
 * 1/(2η).
 *
 * @param h1 `[B]`
 * @param h2 `[B]`
 * @param target a number, or `[B]`; without gradient
 * @returns `[B]`
 */
export function pairLogRatioLoss(h1: tf.Tensor, h2: tf.Tensor, target: number | tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const difference = h1.sub(h2);
    return (typeof target === 'number' ? difference.sub(target) : difference.sub(offTape(() => target.clone()))).square();
  });
}
