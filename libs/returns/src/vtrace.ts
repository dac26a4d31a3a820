import { offTape, tf } from '@rivulet/engine';
import { continues } from './continues.js';
import { futureValue } from './futureValue.js';
import { requireSteps } from './requireSteps.js';
import { reverseScan } from './reverseScan.js';
import { shiftLeft } from './shiftLeft.js';
import type { ValuedSteps } from './valuedSteps.js';

/** {@link ValuedSteps} of a behaviour policy μ, seen by the policy π. */
export interface OffPolicySteps extends ValuedSteps<tf.Tensor> {
  /** π(aₜ|sₜ)/μ(aₜ|sₜ), `[B, T]` */
  readonly ratio: tf.Tensor;
}

/** The weights of {@link vtrace}. */
export interface VtraceOptions {
  /** γ in [0, 1], or one for each step `[B, T]`. */
  readonly discount: number | tf.Tensor;
  /** λ in [0, 1], 1 unless given. */
  readonly lambda?: number;
  /** ρ̄: the largest weight of a TD error, 1 unless given. It decides which policy's value is learnt. */
  readonly clipRho?: number;
  /** c̄: the largest weight of what follows, 1 unless given. It decides how fast. */
  readonly clipC?: number;
  /** The largest weight of a policy-gradient advantage, 1 unless given. */
  readonly clipAdvantageRho?: number;
}

/** What {@link vtrace} estimates, each `[B, T]`. */
export interface Vtrace {
  /** vₛ: what to regress V(sₜ) on. */
  readonly returns: tf.Tensor;
  /** ρₜ·(rₜ + γ·vₜ₊₁ − V(sₜ)), the weight of ∇log π(aₜ|sₜ). */
  readonly advantage: tf.Tensor;
}

/**
 * V-trace targets and policy-gradient advantages over rollouts `[B, T]`, without gradient. With ρₜ = min(ρ̄, ratioₜ),
 * cₜ = λ·min(c̄, ratioₜ) and δₜ = ρₜ·(rₜ + γ·(1 − terminatedₜ)·nextValueₜ − valueₜ):
 *
 * vₜ − valueₜ = δₜ + γ·cₜ·(vₜ₊₁ − valueₜ₊₁), nothing following an end (terminated, truncated, last column)
 *
 * advantageₜ = min(ρ̄ₐ, ratioₜ)·(rₜ + γ·(1 − terminatedₜ)·[(1 − λ)·nextValueₜ + λ·vₜ₊₁] − valueₜ), with vₜ₊₁ = nextValueₜ at an end
 *
 * Espeholt et al. 2018, "IMPALA", eqs. 1 and 4 (λ as in remark 2).
 *
 * @throws when the tensors differ in shape or are not `[B, T]`.
 */
export function vtrace(steps: OffPolicySteps, options: VtraceOptions): Vtrace {
  const { reward, value, nextValue, terminated, truncated, ratio } = steps;
  requireSteps('vtrace', { reward, value, nextValue, terminated, truncated, ratio });
  const { discount, lambda = 1, clipRho = 1, clipC = 1, clipAdvantageRho = 1 } = options;
  return tf.tidy(() => {
    const returns = offTape(() => {
      const error = reward.add(futureValue(steps).mul(discount)).sub(value).mul(atMost(ratio, clipRho));
      return value.add(reverseScan(error, continues(steps).mul(discount).mul(atMost(ratio, clipC)).mul(lambda)));
    });
    const advantage = offTape(() => {
      const carried = continues(steps).mul(lambda);
      const following = tf.sub(1, carried).mul(futureValue(steps)).add(carried.mul(shiftLeft(returns, 1)));
      return reward.add(following.mul(discount)).sub(value).mul(atMost(ratio, clipAdvantageRho));
    });
    return { returns, advantage };
  });
}

function atMost(ratio: tf.Tensor, bound: number): tf.Tensor {
  return Number.isFinite(bound) ? tf.minimum(ratio, bound) : ratio;
}
