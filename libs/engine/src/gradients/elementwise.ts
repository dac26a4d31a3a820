import * as tf from '@tensorflow/tfjs';
import { noGradient, reduceTo, repair } from './repair.js';
import { offTape } from '../offTape.js';

const { SELU_SCALE, SELU_SCALEALPHA } = tf.backend_util;

/** 1 where the condition holds, else 0, and constant to derivatives. */
function mask(condition: () => tf.Tensor): tf.Tensor {
  return offTape(() => condition().toFloat());
}

/** Gradients of elementwise ops with kinks, written with masks that no derivative runs through, and of those that broadcast. */
export function repairElementwise(): void {
  // TensorFlow.js gives -1 at 0, which is a subgradient but pushes every exact zero upwards.
  repair('Abs', { inputs: ['x'] }, (dy, [x]) => ({ x: () => dy.mul(offTape(() => x.toFloat().sign())) }));
  repair('Relu', { inputs: ['x'] }, (dy, [x]) => ({ x: () => dy.mul(mask(() => x.greater(0))) }));
  repair('Relu6', { inputs: ['x'] }, (dy, [x]) => ({ x: () => dy.mul(mask(() => x.greater(0).logicalAnd(x.lessEqual(6)))) }));
  repair('LeakyRelu', { inputs: ['x'] }, (dy, [x], { alpha }) => ({ x: () => dy.mul(offTape(() => x.greater(0).toFloat().mul(1 - (alpha as number)).add(alpha as number))) }));
  // With y = eˣ - 1 below zero, the slope eˣ is y + 1.
  repair('Elu', { outputs: [true] }, (dy, [y]) => ({ x: () => dy.mul(y.minimum(0).add(1)) }));
  repair('Selu', { inputs: ['x'], outputs: [true] }, (dy, [x, y]) => ({
    x: () => {
      const positive = mask(() => x.greater(0));
      return dy.mul(positive.mul(SELU_SCALE).add(y.add(SELU_SCALEALPHA).mul(offTape(() => tf.sub(1, positive)))));
    },
  }));
  repair('ClipByValue', { inputs: ['x'] }, (dy, [x], { clipValueMin, clipValueMax }) => ({
    x: () => tf.where(offTape(() => x.greaterEqual(clipValueMin as number).logicalAnd(x.lessEqual(clipValueMax as number))), dy, tf.zerosLike(dy)),
  }));
  repair('Prelu', { inputs: ['x', 'alpha'] }, (dy, [x, alpha]) => {
    const positive = () => mask(() => x.greater(0));
    const negative = () => mask(() => x.lessEqual(0));
    return { x: () => reduceTo(dy.mul(positive().add(negative().mul(alpha))), x.shape), alpha: () => reduceTo(dy.mul(x).mul(negative()), alpha.shape) };
  });
  // At a tie the first argument takes the gradient, as in TensorFlow.
  repair('Maximum', { inputs: ['a', 'b'] }, (dy, [a, b]) => ({
    a: () => reduceTo(dy.mul(mask(() => a.greaterEqual(b))), a.shape),
    b: () => reduceTo(dy.mul(mask(() => a.less(b))), b.shape),
  }));
  repair('Minimum', { inputs: ['a', 'b'] }, (dy, [a, b]) => ({
    a: () => reduceTo(dy.mul(mask(() => a.lessEqual(b))), a.shape),
    b: () => reduceTo(dy.mul(mask(() => a.greater(b))), b.shape),
  }));
  repair('SquaredDifference', { inputs: ['a', 'b'] }, (dy, [a, b]) => ({
    a: () => reduceTo(dy.mul(a.sub(b)).mul(2), a.shape),
    b: () => reduceTo(dy.mul(b.sub(a)).mul(2), b.shape),
  }));
  repair('Select', { inputs: ['condition'] }, (dy, [condition]) => ({
    condition: noGradient(condition),
    t: () => dy.mul(mask(() => condition)),
    e: () => dy.mul(mask(() => condition.toBool().logicalNot())),
  }));
}
