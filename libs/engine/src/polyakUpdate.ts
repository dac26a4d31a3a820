import { tf } from './tf.js';
import { tidyTree, treeMap, type Tree } from './tree.js';

export interface PolyakOptions {
  /** τ, the weight of the online parameters, in [0, 1]; 1 (a copy) by default. */
  readonly tau?: number;
  /** Move only when `step` is a multiple of this, otherwise keep the target; 1 by default. */
  readonly everySteps?: number;
  /** The step, on the host or as a scalar tensor (inside a compiled update); needed with `everySteps`. */
  readonly step?: number | tf.Scalar;
}

function mix(target: tf.Tensor, online: tf.Tensor, weight: number | tf.Tensor): tf.Tensor {
  if (target.dtype !== 'float32' && typeof weight === 'number') return weight > 0 ? online.clone() : target.clone();
  if (target.dtype !== 'float32') return tf.where(tf.greater(weight, 0), online, target);
  if (weight === 1) return online.clone();
  if (weight === 0) return target.clone();
  return online.mul(weight).add(target.mul(tf.sub(1, weight)));
}

function due(step: tf.Scalar, everySteps: number): tf.Tensor {
  const every = tf.scalar(everySteps, step.dtype);
  return tf.equal(tf.floorDiv(step, every).mul(every), step).toFloat();
}

/**
 * Target parameters: τ·online + (1 - τ)·target, leaf by leaf, as new tensors.
 * `{ tau: 0.005 }` is the soft target of SAC, `{ everySteps: 1000, step }` the hard copy of DQN; both together move softly
 * now and then. It is also the moving average of a policy (an anchor) and Reptile's outer step. Whole-number leaves
 * (counters) are copied when the target moves.
 *
 * @throws when `tau` is outside [0, 1], `everySteps` is not a positive integer or lacks its `step`, or the trees differ.
 */
export function polyakUpdate<P extends Tree>(target: P, online: P, { tau = 1, everySteps = 1, step }: PolyakOptions): P {
  if (!(tau >= 0 && tau <= 1)) throw new Error(`polyakUpdate: tau must be in [0, 1], got ${tau}`);
  if (!Number.isInteger(everySteps) || everySteps < 1) throw new Error(`polyakUpdate: everySteps must be a positive integer, got ${everySteps}`);
  if (everySteps > 1 && step === undefined) throw new Error('polyakUpdate: everySteps needs the step');
  return tidyTree(() => {
    const weight = everySteps === 1 || step === undefined ? tau : typeof step === 'number' ? (step % everySteps === 0 ? tau : 0) : due(step, everySteps).mul(tau);
    return treeMap((old, now) => mix(old, now, weight), target, online);
  });
}
