import { ndarray, offTape, tf } from '@rivulet/engine';
import type { NdArray } from '@rivulet/engine';
import { continues } from './continues.js';
import { futureValue } from './futureValue.js';
import { requireSteps } from './requireSteps.js';
import { reverseScan } from './reverseScan.js';
import type { ValuedSteps } from './valuedSteps.js';

/** What {@link gae} estimates, each `[B, T]`. */
export interface Gae<T> {
  /** How much better than V(sₜ) the step turned out. */
  readonly advantage: T;
  /** The λ-return, advantage + value: what to regress V(sₜ) on. */
  readonly returns: T;
}

/** γ and λ of {@link gae}. */
export interface GaeOptions {
  /** γ in [0, 1]. */
  readonly discount: number;
  /** λ in [0, 1]: 0 is the one-step TD error, 1 the Monte-Carlo return minus the value. */
  readonly lambda: number;
}

/**
 * Generalised advantage estimation over rollouts `[B, T]`:
 *
 * δₜ = rₜ + γ·(1 − terminatedₜ)·nextValueₜ − valueₜ
 *
 * Aₜ = δₜ + γ·λ·(1 − terminatedₜ)·(1 − truncatedₜ)·Aₜ₊₁
 *
 * The last column ends the recursion like a truncation. Arrays on the host are computed on the host in one pass
 * (`out`, if given, is written and returned); tensors become tensors, without gradient.
 *
 * Schulman et al. 2016, "High-Dimensional Continuous Control Using Generalized Advantage Estimation", eq. 16.
 *
 * @throws when the arrays differ in shape or are not `[B, T]`.
 */
export function gae(steps: ValuedSteps<NdArray>, options: GaeOptions, out?: Gae<NdArray<'float32'>>): Gae<NdArray<'float32'>>;
export function gae(steps: ValuedSteps<tf.Tensor>, options: GaeOptions): Gae<tf.Tensor>;
export function gae(
  steps: ValuedSteps<NdArray> | ValuedSteps<tf.Tensor>,
  options: GaeOptions,
  out?: Gae<NdArray<'float32'>>,
): Gae<NdArray<'float32'>> | Gae<tf.Tensor> {
  const { reward, value, nextValue, terminated, truncated } = steps;
  requireSteps('gae', { reward, value, nextValue, terminated, truncated });
  return onHost(steps) ? hostGae(steps, options, out) : tensorGae(steps, options);
}

function onHost(steps: ValuedSteps<NdArray> | ValuedSteps<tf.Tensor>): steps is ValuedSteps<NdArray> {
  return !(steps.reward instanceof tf.Tensor);
}

function tensorGae(steps: ValuedSteps<tf.Tensor>, { discount, lambda }: GaeOptions): Gae<tf.Tensor> {
  return tf.tidy(() => {
    const error = offTape(() => steps.reward.add(futureValue(steps).mul(discount)).sub(steps.value));
    const advantage = reverseScan(error, continues(steps).mul(discount * lambda));
    return { advantage, returns: offTape(() => advantage.add(steps.value)) };
  });
}

function hostGae(steps: ValuedSteps<NdArray>, { discount, lambda }: GaeOptions, out?: Gae<NdArray<'float32'>>): Gae<NdArray<'float32'>> {
  const shape = steps.reward.shape;
  const result = out ?? { advantage: ndarray('float32', shape), returns: ndarray('float32', shape) };
  requireSteps('gae', { reward: steps.reward, 'out.advantage': result.advantage, 'out.returns': result.returns });
  const [rows, length] = shape;
  const [reward, value, nextValue] = [steps.reward.data, steps.value.data, steps.nextValue.data];
  const [terminated, truncated] = [steps.terminated.data, steps.truncated.data];
  const [advantage, returns] = [result.advantage.data, result.returns.data];
  const decay = discount * lambda;
  for (let row = 0; row < rows; row++) {
    let following = 0;
    for (let i = (row + 1) * length - 1; i >= row * length; i--) {
      const future = terminated[i] ? 0 : discount * nextValue[i];
      const carried = terminated[i] || truncated[i] ? 0 : decay * following;
      following = reward[i] + future - value[i] + carried;
      advantage[i] = following;
      returns[i] = following + value[i];
    }
  }
  return result;
}
