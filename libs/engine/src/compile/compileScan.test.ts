import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../rng.js';
import { tensorCount } from '../tensorCount.js';
import { tf } from '../tf.js';
import { compile } from './compile.js';
import { compileScan } from './compileScan.js';
import { pack } from './flatten.js';
import type { AnyPacked } from './packed.js';

type State = { readonly w: tf.Tensor; readonly steps: tf.Tensor; readonly frozen: tf.Tensor };

/** A noisy step that uses everything a learner would: state, batch, shared tensors, noise and a plain value. */
function step(state: State, rows: tf.Tensor, shared: { data: tf.Tensor; rng: Rng; rate: number }): { state: State; metrics: { loss: tf.Tensor }; picked: tf.Tensor } {
  const picked = tf.gather(shared.data, rows);
  const scale = shared.data.square().mean();
  const gradient = picked.sub(state.w).mean(0).add(shared.rng.normal([2]).mul(0.01)).div(scale);
  const w = state.w.add(gradient.mul(shared.rate));
  return { state: { w, steps: state.steps.add(tf.scalar(1, 'int32')), frozen: state.frozen }, metrics: { loss: gradient.square().sum() }, picked };
}

const initial = (): State => ({ w: tf.tensor1d([0, 0]), steps: tf.scalar(0, 'int32'), frozen: tf.tensor1d([3, 4]) });
const data = (): tf.Tensor => tf.tensor2d([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]);
const rows = [[0, 1], [2, 3], [1, 2], [3, 3], [0, 0]];

const refuse = (line: string): never => {
  throw new Error(line);
};

const floats = (packed: AnyPacked): number[] => packed.buffers.flatMap((buffer) => [...buffer]);

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('compileScan', () => {
  it('equals as many calls, bit for bit, and eager calls up to rounding', async () => {
    const scan = compileScan(step, { warn: refuse });
    const once = compile(step, { warn: refuse });
    const [rng, twin, third] = [Rng.fromSeed(1), Rng.fromSeed(1), Rng.fromSeed(1)];
    const shared = { data: data(), rate: 0.5 };
    const result = await scan(pack(initial()), tf.tensor2d(rows, undefined, 'int32'), { ...shared, rng });
    let state = pack(initial());
    let eager = initial();
    const losses: number[] = [];
    for (const row of rows) {
      const called = await once(state, tf.tensor1d(row, 'int32'), { ...shared, rng: twin });
      state = called.state;
      losses.push(called.metrics.toNumbers().loss);
      eager = step(eager, tf.tensor1d(row, 'int32'), { ...shared, rng: third }).state;
    }
    expect(floats(result.state)).toEqual(floats(state));
    expect([...result.metrics.toHost().loss.data]).toEqual(losses);
    expect(result.metrics.toMeans().loss).toBeCloseTo(losses.reduce((a, b) => a + b) / 5, 6);
    expect(result.picked.toHost().shape).toEqual([5, 2, 2]);
    const host = result.state.toHost();
    expect([...host.steps.data, ...host.frozen.data]).toEqual([5, 3, 4]);
    eager.w.dataSync().forEach((value, i) => expect(host.w.data[i]).toBeCloseTo(value, 5));
    expect(rng.state()).toEqual(twin.state());
    await Promise.all([scan.dispose(), once.dispose()]);
  });

  it('is fed again with its own state, and computes once what does not change', async () => {
    const scan = compileScan((state: { w: tf.Tensor }, x: tf.Tensor, shared: tf.Tensor) => ({ state: { w: state.w.add(x.mul(shared.exp().sum())) } }), { warn: refuse });
    const before = tensorCount();
    const [x, shared, w] = [tf.ones([3]), tf.zeros([2]), tf.scalar(0)];
    let state = pack({ w });
    for (let i = 0; i < 2; i++) state = (await scan(state, x, shared)).state;
    expect(state.toNumbers().w).toBe(12);
    expect(tensorCount()).toBe(before + 3);
    expect(scan.forms[0].operators.Loop).toBe(1);
    await scan.dispose();
  });

  it('falls back to eager turns with the same results', async () => {
    const warnings: string[] = [];
    const reading = (state: State, batch: tf.Tensor, shared: { data: tf.Tensor; rng: Rng; rate: number }): ReturnType<typeof step> => {
      batch.dataSync();
      return step(state, batch, shared);
    };
    const fallback = compileScan(reading, { warn: (line) => warnings.push(line) });
    const scan = compileScan(step, { warn: refuse });
    const run = (f: typeof scan) => f(pack(initial()), tf.tensor2d(rows, undefined, 'int32'), { data: data(), rate: 0.5, rng: Rng.fromSeed(9) });
    const [slow, fast] = [await run(fallback), await run(scan)];
    expect(warnings).toHaveLength(1);
    for (const field of ['state', 'metrics', 'picked'] as const) {
      const [a, b] = [floats(slow[field]), floats(fast[field])];
      expect(a.length).toBe(b.length);
      a.forEach((value, i) => expect(value).toBeCloseTo(b[i], 5));
      expect(slow[field].layout.key).toBe(fast[field].layout.key);
    }
    await scan.dispose();
  });

  it('says what does not fit', async () => {
    const scan = compileScan((state: tf.Tensor, x: { a: tf.Tensor; b: tf.Tensor }) => ({ state: state.add(x.a) }), { warn: refuse });
    await expect(scan(tf.ones([2]), { a: tf.ones([3]), b: tf.ones([2]) })).rejects.toThrow("compileScan: 'b' has 2 turns, but 'a' has 3");
    await expect(scan(tf.ones([2]), { a: tf.scalar(1), b: tf.ones([2]) })).rejects.toThrow("'a' of the second argument is a scalar");
    await expect(scan(tf.scalar(1), { a: tf.ones([3, 2]), b: tf.ones([3]) })).rejects.toThrow("differs at '', a float32 tensor of shape [2], from the state it was given");
    const stateless = compileScan(((x: tf.Tensor) => ({ out: x })) as never, { warn: refuse });
    await expect(stateless(tf.ones([2]), tf.ones([2]))).rejects.toThrow("must return a field 'state'");
  });
});
