import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import { compile } from './compile.js';
import { compileScan } from './compileScan.js';
import { pack } from './flatten.js';
import type { Feeds, OpenSession, Session } from './runtime.js';
import { withFallback } from './withFallback.js';

/** Nine leaves: more than one `Split` of WebGPU may have. */
const initial = () => pack(Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`w${i}`, Rng.fromSeed(i).normal([2, i + 1])])));

const step = (state: { [name: string]: tf.Tensor }, x: tf.Tensor) => {
  const next = Object.fromEntries(Object.entries(state).map(([name, w]) => [name, w.mul(x).tanh()]));
  return { state: next, metrics: { sum: tf.addN(Object.values(next).map((w) => w.sum())) } };
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

afterEach(() => {
  delete process.env.RIVULET_DEVICE;
});

describe('the device of a compiled function', () => {
  it('is one of three names', () => {
    expect(() => compile(step, { device: 'gpu' as 'cuda' })).toThrow("compile: no device is named 'gpu' (from the option 'device'); the names are cpu, webgpu, cuda");
    process.env.RIVULET_DEVICE = 'tpu';
    expect(() => compile(step)).toThrow("compile: no device is named 'tpu' (from RIVULET_DEVICE)");
    expect(() => compile(step, { device: 'cpu' })).not.toThrow();
  });

  it.each(['main', 'worker'] as const)('is the CPU where another is missing (%s thread): one warning, and the same numbers', async (thread) => {
    const expected = await compile(step)(initial(), tf.scalar(0.5));
    for (const device of ['webgpu', 'cuda'] as const) {
      const lines: string[] = [];
      process.env.RIVULET_DEVICE = device;
      const f = compile(step, { thread, warn: (line) => lines.push(line) });
      await f(initial(), tf.scalar(0.5));
      await f(initial(), tf.tensor1d([0.5]));
      const { state } = await f(initial(), tf.scalar(0.5));
      state.buffers[0].forEach((value, i) => expect(value).toBeCloseTo(expected.state.buffers[0][i], 6));
      expect(f.forms.map(({ how }) => how)).toEqual(['compiled', 'compiled']);
      const there = f.forms[0].device === device;
      expect(f.forms.map((form) => form.device)).toEqual(there ? [device, device] : ['cpu', 'cpu']);
      if (there) expect(lines).toEqual([]);
      else expect(lines).toEqual([expect.stringMatching(`^compile: step runs on the CPU, because '${device}' cannot be used: .+$`)]);
      await f.dispose();
    }
  });

  it('splits for WebGPU into no more parts than a shader can reach, once and in a loop', async () => {
    const options = { device: 'webgpu', warn: () => undefined } as const;
    const [once, scan, onCpu] = [compile(step, options), compileScan(step, options), compileScan(step)];
    await once(initial(), tf.scalar(0.5));
    expect(once.forms[0].operators.Split).toBe(3);
    const [here, there] = [await onCpu(initial(), tf.tensor1d([0.5, 0.7])), await scan(initial(), tf.tensor1d([0.5, 0.7]))];
    expect(scan.forms[0].operators.Split).toBe(3);
    expect(onCpu.forms[0].operators.Split).toBe(1);
    there.state.buffers[0].forEach((value, i) => expect(value).toBeCloseTo(here.state.buffers[0][i], 6));
    await Promise.all([once.dispose(), scan.dispose(), onCpu.dispose()]);
  });
});

describe('withFallback', () => {
  const feeds: Feeds = {};

  /** Sessions that note what is done to them; those of the GPU fail from a run on. */
  function sessions(failsAt: number, cpuFails = false): { open: OpenSession; notes: string[] } {
    const notes: string[] = [];
    const open: OpenSession = (device) => {
      notes.push(`open ${device}`);
      let runs = 0;
      const run: Session['run'] = () => {
        notes.push(`run ${device}`);
        if (device !== 'cpu' && runs++ >= failsAt) return Promise.reject(new Error('file.cc:1 f() ok was false. Too many buffers\nmore'));
        if (device === 'cpu' && cpuFails) return Promise.reject(new Error('out of bounds'));
        return Promise.resolve({ out: new Float32Array([device === 'cpu' ? 1 : 2]) });
      };
      return Promise.resolve({ device, run, dispose: () => Promise.resolve(void notes.push(`dispose ${device}`)) });
    };
    return { open, notes };
  }

  it('moves to the CPU when a run fails, and stays there', async () => {
    const { open, notes } = sessions(1);
    const lines: string[] = [];
    const session = await withFallback(open, 'webgpu', (line) => lines.push(line));
    expect([await session.run(feeds), session.device]).toEqual([{ out: new Float32Array([2]) }, 'webgpu']);
    expect([await session.run(feeds), session.device]).toEqual([{ out: new Float32Array([1]) }, 'cpu']);
    await session.run(feeds);
    await session.dispose();
    expect(lines).toEqual(["on the CPU, because 'webgpu' failed: Too many buffers"]);
    expect(notes).toEqual(['open webgpu', 'run webgpu', 'run webgpu', 'open cpu', 'run cpu', 'dispose webgpu', 'run cpu', 'dispose cpu']);
  });

  it('stays on the device when the CPU fails as well, with its error', async () => {
    const { open, notes } = sessions(0, true);
    const lines: string[] = [];
    const session = await withFallback(open, 'cuda', (line) => lines.push(line));
    await expect(session.run(feeds)).rejects.toThrow('out of bounds');
    expect([session.device, lines]).toEqual(['cuda', []]);
    await session.dispose();
    expect(notes).toEqual(['open cuda', 'run cuda', 'open cpu', 'run cpu', 'dispose cuda', 'dispose cpu']);
  });

  it('moves once when calls fail side by side', async () => {
    const { open, notes } = sessions(0);
    const lines: string[] = [];
    const session = await withFallback(open, 'cuda', (line) => lines.push(line));
    expect(await Promise.all([session.run(feeds), session.run(feeds)])).toEqual([{ out: new Float32Array([1]) }, { out: new Float32Array([1]) }]);
    expect(lines).toHaveLength(1);
    expect(notes.filter((note) => note !== 'run cpu' && note !== 'run cuda')).toEqual(['open cuda', 'open cpu', 'dispose cuda']);
  });
});
