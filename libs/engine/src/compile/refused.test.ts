import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import { compile } from './compile.js';
import { compileScan } from './compileScan.js';
import { pack } from './flatten.js';

const step = (state: tf.Tensor, x: tf.Tensor, { rng }: { rng: Rng }): { state: tf.Tensor; drawn: tf.Tensor } => {
  const [child] = rng.split(1);
  const drawn = child.uniform([2], -1, 1).add(rng.foldIn('a').normal([2])).add(rng.gumbel([2]));
  return { state: state.add(drawn.mul(x)), drawn };
};

/** ONNX Runtime refuses a negative number of threads, after the noise of the call was drawn. */
const refused = (warnings: string[]) => ({ threads: -1, warn: (line: string) => void warnings.push(line) });
const works = {
  warn: (line: string): never => {
    throw new Error(line);
  },
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('a model that ONNX Runtime refuses', () => {
  it('is run eagerly with the noise that was drawn for it', async () => {
    const warnings: string[] = [];
    const [bad, good] = [compile(step, refused(warnings)), compile(step, works)];
    const [rng, twin] = [Rng.fromSeed(4), Rng.fromSeed(4)];
    let [a, b] = [pack(tf.zeros([2])), pack(tf.zeros([2]))];
    for (let i = 0; i < 3; i++) {
      a = (await bad(a, tf.scalar(i), { rng })).state;
      b = (await good(b, tf.scalar(i), { rng: twin })).state;
      a.buffers[0].forEach((value, k) => expect(value).toBeCloseTo(b.buffers[0][k], 5));
    }
    expect(rng.state()).toEqual(twin.state());
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^compile: step runs eagerly, because ONNX Runtime cannot be used: /);
    expect(bad.forms.map(({ how }) => how)).toEqual(['eager']);
    await good.dispose();
  });

  it('is run turn by turn when it is a loop', async () => {
    const warnings: string[] = [];
    const [bad, good] = [compileScan(step, refused(warnings)), compileScan(step, works)];
    const run = (scan: typeof bad) => scan(pack(tf.zeros([2])), tf.tensor1d([1, 2, 3]), { rng: Rng.fromSeed(6) });
    const [a, b] = [await run(bad), await run(good)];
    expect(warnings).toHaveLength(1);
    [...a.state.buffers[0], ...a.drawn.buffers[0]].forEach((value, i) => expect(value).toBeCloseTo([...b.state.buffers[0], ...b.drawn.buffers[0]][i], 5));
    await good.dispose();
  });
});
