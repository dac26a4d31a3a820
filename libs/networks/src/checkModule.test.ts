import { Rng, tf } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkGradients, checkModule, linear, type LinearParameters, type Module } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const good = linear({ in: 2, out: 3 });
const x = Rng.fromSeed(1).normal([4, 2]);
const broken = (change: Partial<Module<tf.Tensor, tf.Tensor, LinearParameters>>): Promise<void> => checkModule({ ...good, ...change }, x);

describe('checkModule', () => {
  it('accepts a good module', async () => {
    await checkModule(good, x);
  });

  it('sees parameters that do not follow from the seed', async () => {
    let calls = 0;
    await expect(broken({ init: () => good.init(Rng.fromSeed(calls++)) })).rejects.toThrow('init gives other parameters for the same seed');
  });

  it('sees tensors that init leaves behind', async () => {
    await expect(broken({ init: (rng) => (tf.scalar(1), good.init(rng)) })).rejects.toThrow('init made 3 tensors for 2 leaves');
  });

  it('sees parameters that are not finite', async () => {
    const notFinite = linear({ in: 2, out: 3, biasInit: () => Float32Array.of(1, Infinity, 0) });
    await expect(checkModule(notFinite, x)).rejects.toThrow("the parameter 'bias' is not finite");
  });

  it('sees a leak', async () => {
    await expect(broken({ apply: (p, input) => (tf.keep(tf.scalar(1)), good.apply(p, input)) })).rejects.toThrow('apply leaks 1 tensors a call');
  });

  it('sees hidden state', async () => {
    let calls = 0;
    await expect(broken({ apply: (p, input) => good.apply(p, input).add(calls++) })).rejects.toThrow('apply gives another output for the same input');
  });

  it('sees a wrong gradient, and names the parameters', async () => {
    const wrong = tf.customGrad((y) => ({ value: (y as tf.Tensor).clone(), gradFunc: (dy) => dy.mul(1.5) }));
    await expect(broken({ apply: (p, input) => wrong(good.apply(p, input)) })).rejects.toThrow(/central differences .*; the arguments are bias, kernel/);
  });
});

describe('checkGradients', () => {
  it('takes what the function holds from outside for a constant', async () => {
    await checkGradients((y) => y.mul(x).add(x), [x]);
  });

  it('names the argument that is wrong, and leaks nothing', async () => {
    const wrong = tf.customGrad((y) => ({ value: tf.square(y as tf.Tensor), gradFunc: (dy) => dy }));
    const before = tf.memory().numTensors;
    await expect(checkGradients((a, b) => a.square().add(wrong(b)), [x, x])).rejects.toThrow('checkGradients: argument 1');
    expect(tf.memory().numTensors).toBe(before);
    await checkGradients((a) => a.square(), [x]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
