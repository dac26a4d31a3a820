import { offTape, tf } from '@rivulet/engine';

/** The switches of {@link bradleyTerryLoss}. */
export interface BradleyTerryOptions {
  /** y, how likely the first is preferred, in [0, 1]: 1 unless given, 1/2 for ties. Shaped like the scores; without gradient. */
  readonly label?: tf.Tensor;
  /** m, by how much the preferred one is to be ahead: a number, or one for each pair; 0 unless given. Without gradient. */
  readonly margin?: number | tf.Tensor;
  /** c, how strongly the scores of a pair are drawn to a sum of 0, which their difference leaves open; 0 unless given. */
  readonly centering?: number;
}

/**
 * The negative log-likelihood of preferences between pairs, per pair, with d = s_chosen − s_rejected:
 *
 * L = −y·log σ(d − m) − (1 − y)·log σ(−d − m) + c·(s_chosen + s_rejected)²
 *
 * Bradley & Terry 1952; reward models: Ouyang et al. 2022 (InstructGPT), eq. 1; margin: Touvron et al. 2023 (Llama 2), eq. 2; centring: Eisenstein et al. 2023,
 * "Helping or Herding?", eq. 2 (TRL advises 0.01). The scores may be sums of rewards over segments (Christiano et al. 2017, section 2.2.3), or β times
 * log-ratios: then it is DPO. All pairs of a ranking: InstructGPT takes their mean, so that each prompt counts once.
 *
 * @param chosen scores, any shape
 * @param rejected shaped alike
 * @returns shaped alike
 */
export function bradleyTerryLoss(chosen: tf.Tensor, rejected: tf.Tensor, { label, margin = 0, centering = 0 }: BradleyTerryOptions = {}): tf.Tensor {
  return tf.tidy(() => {
    const ahead = chosen.sub(rejected);
    const by = typeof margin === 'number' ? tf.scalar(margin) : offTape(() => margin.clone());
    const preferred = by.sub(ahead).softplus();
    const loss = label === undefined ? preferred : preferred.mul(offTape(() => label.toFloat())).add(by.add(ahead).softplus().mul(offTape(() => tf.sub(1, label))));
    return centering === 0 ? loss : loss.add(chosen.add(rejected).square().mul(centering));
  });
}
