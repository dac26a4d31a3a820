import { fromTensor, type HostBatch, ndarray, type NdArray, tf, toTensor } from '@rivulet/engine';
import { klPenalty } from '@rivulet/regularizers';
import { gae, penalizedReward } from '@rivulet/returns';
import { explainedVariance } from '../../explainedVariance.js';
import { rolloutMetrics } from '../rolloutMetrics.js';
import type { Prepared } from '../tokenLearner.js';
import type { TokenPpoConfig } from './tokenPpoConfig.js';

/** Advantages and returns [N, T] by GAE over tokens; a completion ends at its last token, also where the room was over. */
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
  const last = (i: number): boolean => written.data[i] > 0 && (i % width === width - 1 || !(written.data[i + 1] > 0));
  const terminated = ndarray('uint8', [rows, width], Uint8Array.from(written.data as Float32Array, (_, i) => (last(i) ? 1 : 0)));
  const nextValue = ndarray('float32', [rows, width], Float32Array.from(value.data as Float32Array, (_, i) => (last(i) ? 0 : (value.data[i + 1] ?? 0))));
  const { advantage, returns } = gae({ reward, value, nextValue, terminated, truncated: ndarray('uint8', [rows, width]) }, { discount, lambda: gaeLambda });
  const kept = [...written.data.keys()].filter((i) => written.data[i] > 0);
  const at = (array: NdArray): Float32Array => Float32Array.from(kept, (i) => array.data[i]);
  if (normalizeAdvantage) standardize(advantage.data, kept);
  return { advantage, returns, metrics: { ...rolloutMetrics(rollout, groupSize), explainedVariance: explainedVariance(at(value), at(returns)) } };
}

/** Mean 0 and deviation 1 over some entries. */
function standardize(values: Float32Array, at: readonly number[]): void {
  const mean = at.reduce((sum, i) => sum + values[i], 0) / at.length;
  const deviation = Math.sqrt(at.reduce((sum, i) => sum + (values[i] - mean) ** 2, 0) / at.length);
  for (const i of at) values[i] = (values[i] - mean) / (deviation + 1e-8);
}
