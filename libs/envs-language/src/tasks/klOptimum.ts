/** What {@link klOptimum} takes. */
export interface KlOptimumOptions {
  /** `[N]`: the rewards r of all sequences. */
  readonly rewards: ArrayLike<number>;
  /** `[N]`: their log-probabilities under the reference π_ref; they sum to one as probabilities. */
  readonly logReference: ArrayLike<number>;
  /** The weight β > 0 of the penalty. */
  readonly beta: number;
}

/** The best policy under a KL penalty. */
export interface KlOptimum {
  /** `[N]`: log π*. */
  readonly logProbs: Float64Array;
  /** β log Z: the most that E[r] − β KL(π ‖ π_ref) can be. */
  readonly value: number;
  /** E[r] under π*. */
  readonly reward: number;
  /** KL(π* ‖ π_ref), in nats. */
  readonly kl: number;
}

/**
 * The optimum of E_π[r(y)] − β KL(π ‖ π_ref) over all distributions on an enumerated set:
 *
 * π*(y) = π_ref(y) exp(r(y) / β) / Z,  Z = Σ_y π_ref(y) exp(r(y) / β)
 *
 * (Ziebart 2010; Rafailov et al. 2023, eq. 4). In float64, with the largest exponent taken out.
 *
 * @throws when the lengths differ, β is not positive, or the reference does not sum to one within 1e-4.
 */
export function klOptimum({ rewards, logReference, beta }: KlOptimumOptions): KlOptimum {
  const n = rewards.length;
  if (logReference.length !== n) throw new Error(`klOptimum: ${n} rewards and ${logReference.length} log-probabilities`);
  if (!(beta > 0) || !Number.isFinite(beta)) throw new Error(`klOptimum: beta must be positive and finite, got ${beta}`);
  const mass = Array.from(logReference).reduce((sum, each) => sum + Math.exp(each), 0);
  if (!(Math.abs(mass - 1) <= 1e-4)) throw new Error(`klOptimum: the probabilities of the reference must sum to 1, they sum to ${mass}`);
  const tilted = Float64Array.from({ length: n }, (_, i) => logReference[i] + rewards[i] / beta);
  const most = tilted.reduce((a, b) => Math.max(a, b), -Infinity);
  const logZ = most + Math.log(tilted.reduce((sum, each) => sum + Math.exp(each - most), 0));
  const logProbs = tilted.map((each) => each - logZ);
  const reward = logProbs.reduce((sum, each, i) => (each === -Infinity ? sum : sum + Math.exp(each) * rewards[i]), 0);
  const kl = logProbs.reduce((sum, each, i) => (each === -Infinity ? sum : sum + Math.exp(each) * (each - logReference[i])), 0);
  return { logProbs, value: beta * logZ, reward, kl };
}
