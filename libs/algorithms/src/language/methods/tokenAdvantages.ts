import { fromTensor, type HostBatch, ndarray, type NdArray, tf, toTensor } from '@rivulet/engine';
import { klPenalty } from '@rivulet/regularizers';
import { gae, penalizedReward } from '@rivulet/returns';
import { explainedVariance } from '../../explainedVariance.js';
import { rolloutMetrics } from '../rolloutMetrics.js';
import type { Prepared } from '../tokenLearner.js';
import type { TokenPpoConfig } from './tokenPpoConfig.js';

/**
 * Advantages and returns [N, T] by GAE over tokens; a completion ends at its last token, also where the room was over. Only tokens that the policy wrote are steps: behind the last of a turn comes the first of the next, whose value has read the
 * reply in between, and neither discount nor λ count that. Elsewhere advantages and returns are 0.
 */
export async function tokenAdvantages(rollout: HostBatch, { groupSize, discount, gaeLambda, klCoefficient, normalizeAdvantage }: Pick<TokenPpoConfig, 'groupSize' | 'discount' | 'gaeLambda' | 'klCoefficient' | 'normalizeAdvantage'>): Promise<Prepared> {
  const { written, value } = rollout;
  const rewardTensor = tf.tidy(() => {
    const [outcome, mask, logProb, reference] = [rollout.reward, written, rollout.logProb, rollout.referenceLogProb].map((array) => toTensor(array));
    const penalty = klCoefficient > 0 ? { penalty: klPenalty(logProb, reference, { direction: 'reverse', estimator: 'k1', mask }) } : {};
    return penalizedReward({ outcome, mask, ...penalty }, { coefficient: klCoefficient, placement: 'token' });
  });
  const reward = (await fromTensor(rewardTensor)) as NdArray<'float32'>;
  rewardTensor.dispose();
  const [rows, width] = written.shape;
  const kept = [...written.data.keys()].filter((i) => written.data[i] > 0);
  const step = stepsOf(kept, width);
  /** [N, T] as the steps of each row, closed up to the left, and back. */
  const closed = (of: (i: number, k: number) => number): NdArray<'float32'> => scattered(step, kept.map(of), [rows, width]);
  const opened = ({ data }: NdArray): NdArray<'float32'> => scattered(kept, step.map((place) => data[place]), [rows, width]);
  const last = (k: number): boolean => k === kept.length - 1 || Math.floor(kept[k + 1] / width) > Math.floor(kept[k] / width);
  const terminated = closed((_, k) => (last(k) ? 1 : 0));
  const nextValue = closed((_, k) => (last(k) ? 0 : value.data[kept[k + 1]]));
  const steps = { reward: closed((i) => reward.data[i]), value: closed((i) => value.data[i]), nextValue, terminated, truncated: ndarray('float32', [rows, width]) };
  const estimate = gae(steps, { discount, lambda: gaeLambda });
  const [advantage, returns] = [opened(estimate.advantage), opened(estimate.returns)];
  const at = (array: NdArray): Float32Array => Float32Array.from(kept, (i) => array.data[i]);
  if (normalizeAdvantage) standardize(advantage.data, kept);
  return { advantage, returns, metrics: { ...rolloutMetrics(rollout, groupSize), explainedVariance: explainedVariance(at(value), at(returns)) } };
}

/** Where the entries `kept` of rows of a width go when each row closes up to the left. */
function stepsOf(kept: readonly number[], width: number): number[] {
  let [row, count] = [-1, 0];
  return kept.map((i) => {
    const own = Math.floor(i / width);
    count = own === row ? count + 1 : 0;
    row = own;
    return row * width + count;
  });
}

/** Zeros but for some places. */
function scattered(places: readonly number[], values: readonly number[], shape: readonly number[]): NdArray<'float32'> {
  const array = ndarray('float32', shape);
  places.forEach((place, k) => (array.data[place] = values[k]));
  return array;
}

/** Mean 0 and deviation 1 over some entries. */
function standardize(values: Float32Array, at: readonly number[]): void {
  const mean = at.reduce((sum, i) => sum + values[i], 0) / at.length;
  const deviation = Math.sqrt(at.reduce((sum, i) => sum + (values[i] - mean) ** 2, 0) / at.length);
  for (const i of at) values[i] = (values[i] - mean) / (deviation + 1e-8);
}
