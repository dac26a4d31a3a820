import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import { valueAndGrad } from '../valueAndGrad.js';
import { compile } from './compile.js';
import { compileScan } from './compileScan.js';
import { traceProgram } from './program.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** More elements than a model holds as a constant, and fewer. */
const rng = Rng.fromSeed(3);
const large = tf.keep(rng.normal([520, 512]).div(10));
const small = tf.keep(rng.normal([512, 4]));
afterAll(() => tf.dispose([large, small]));

describe('large tensors that a function reaches by closure', () => {
  const inputs = () => ({ x: Rng.fromSeed(5).normal([3, 520]) });
  const product = ({ x }: { readonly x: tf.Tensor }) => ({ y: tf.matMul(tf.matMul(x as tf.Tensor2D, large as tf.Tensor2D).tanh(), small as tf.Tensor2D), large: large.add(0), itself: large });

  it('are fed, not written into the model', () => {
    const layout = { key: 'x', skeleton: { kind: 'record', children: [['x', { kind: 'leaf', leaf: 0 }]] }, leaves: [{ path: 'x', dtype: 'float32', shape: [3, 520], buffer: 0, offset: 0, size: 1560 }], buffers: [{ dtype: 'float32', shape: [3, 520], size: 1560 }] } as const;
    const onCpu = traceProgram(product as never, [layout], 'cpu');
    expect(onCpu.model!.length).toBeLessThan(small.size * 4 + 5000);
    expect(Object.keys(onCpu.captured)).toEqual(['captured_0']);
    // What is handed on as it is needs no copy.
    expect(onCpu.fields.find(({ name }) => name === 'itself')?.buffers).toEqual([{ captured: 'captured_0' }]);
    const onGpu = traceProgram(product as never, [layout], 'webgpu');
    expect(onGpu.model!.length).toBeGreaterThan(large.size * 4);
    expect(onGpu.captured).toEqual({});
  });

  it.each(['main', 'worker'] as const)('give what they give eagerly, on the thread %s', async (thread) => {
    const own = compile(product, { thread });
    const { x } = inputs();
    const expected = product({ x });
    // Twice, and again after the tensor was used elsewhere.
    for (let i = 0; i < 2; i++) {
      const { y, itself } = await own({ x });
      const [actual, wanted] = [y.toHost() as { data: Float32Array }, await expected.y.data()];
      wanted.forEach((value, at) => expect(actual.data[at]).toBeCloseTo(value, 4));
      const same = (itself.toHost() as { data: Float32Array }).data;
      expect((await large.data()).every((value, at) => same[at] === value)).toBe(true);
    }
    expect(own.forms).toMatchObject([{ how: 'compiled' }]);
    await own.dispose();
    tf.dispose([x, expected.y, expected.large]);
  });

  it('have gradients flow through them, turn by turn in a loop', async () => {
    const step = ({ x }: { readonly x: tf.Tensor }, { target }: { readonly target: tf.Tensor }) => {
      const { grads, loss } = valueAndGrad((own: { readonly x: tf.Tensor }) => tf.matMul(own.x as tf.Tensor2D, large as tf.Tensor2D).sub(target).square().mean() as tf.Scalar)({ x });
      return { state: { x: x.sub(grads.x.mul(10)) }, loss: { value: loss } };
    };
    const { x } = inputs();
    const targets = Rng.fromSeed(6).normal([4, 3, 512]);
    const losses: number[] = [];
    let state = { x };
    for (let turn = 0; turn < 4; turn++) {
      const { state: next, loss } = tf.tidy(() => step(state, { target: targets.slice([turn, 0, 0], [1, 3, 512]).squeeze([0]) }));
      losses.push(loss.value.dataSync()[0]);
      state = next;
    }
    const learn = compileScan(step, { thread: 'worker' });
    const result = await learn({ x }, { target: targets });
    const actual = result.loss.toHost() as unknown as { readonly value: { readonly data: Float32Array } };
    losses.forEach((value, turn) => expect(actual.value.data[turn]).toBeCloseTo(value, 4));
    expect(losses[3]).not.toBeCloseTo(losses[0], 3);
    await learn.dispose();
    tf.dispose([x, targets, state]);
  });
});
