import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import { compile } from './compile.js';
import { compileScan } from './compileScan.js';
import { pack } from './flatten.js';

const refuse = (line: string): never => {
  throw new Error(line);
};

const step = (state: { w: tf.Tensor; n: tf.Tensor }, x: tf.Tensor, rng: Rng): { state: { w: tf.Tensor; n: tf.Tensor }; metrics: { loss: tf.Tensor } } => {
  const w = state.w.add(x.mul(rng.normal([3]))).tanh();
  return { state: { w, n: state.n.add(tf.scalar(1, 'int32')) }, metrics: { loss: w.square().mean() } };
};

const initial = () => pack({ w: tf.zeros([3]), n: tf.scalar(0, 'int32') });

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the worker thread', () => {
  it('gives the same bits as the main thread, whichever gave the state', async () => {
    const [here, there] = [compile(step, { warn: refuse }), compile(step, { warn: refuse, thread: 'worker' })];
    const [rng, twin] = [Rng.fromSeed(1), Rng.fromSeed(1)];
    let [a, b] = [initial(), initial()];
    for (let i = 0; i < 6; i++) {
      a = (await here(a, tf.ones([3]), rng)).state;
      b = (await (i % 3 === 2 ? here : there)(b, tf.ones([3]), twin)).state;
      expect(b.buffers.map((buffer) => [...buffer])).toEqual(a.buffers.map((buffer) => [...buffer]));
    }
    const tensors = b.toTensors();
    expect([...tensors.w.add(0).dataSync()]).toEqual([...a.toTensors().w.dataSync()]);
    await Promise.all([here.dispose(), there.dispose()]);
  });

  it('leaves the event loop free', async () => {
    const size = 400;
    const scan = compileScan((state: { w: tf.Tensor }, x: tf.Tensor) => ({ state: { w: tf.matMul(state.w, state.w).mul(0.001).add(x) } }), { warn: refuse, thread: 'worker' });
    const start = pack({ w: tf.ones([size, size]) });
    const turns = tf.ones([40]);
    await scan(start, turns);
    let ticks = 0;
    let over = false;
    const running = scan(start, turns).then(() => (over = true));
    while (!over) {
      await new Promise((resolve) => setImmediate(resolve));
      ticks++;
    }
    await running;
    // On the main thread, the run would be one turn of the loop.
    expect(ticks).toBeGreaterThan(10);
    await scan.dispose();
  });

  it('runs calls side by side in order, and reports errors', async () => {
    const f = compile((x: tf.Tensor) => ({ out: x.mul(2) }), { warn: refuse, thread: 'worker' });
    const results = await Promise.all([1, 2, 3].map((x) => f(tf.scalar(x))));
    expect(results.map(({ out }) => out.toHost().data[0])).toEqual([2, 4, 6]);
    await f.dispose();
    const gather = compile((x: tf.Tensor, i: tf.Tensor) => ({ out: tf.gather(x, i) }), { warn: refuse, thread: 'worker' });
    await expect(gather(tf.ones([2]), tf.tensor1d([5], 'int32'))).rejects.toThrow(/out of (data )?bounds/);
    await gather.dispose();
  });
});
