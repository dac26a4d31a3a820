import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseBackend } from './chooseBackend.js';
import type { BackendName } from './backends/loadBackend.js';
import { tf } from './tf.js';

const order = ['tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm', 'cpu'];
const registered: { readonly [name: string]: string } = { 'tfjs-node-gpu': 'tensorflow', 'tfjs-node': 'tensorflow', webgpu: 'webgpu', wasm: 'wasm', cpu: 'cpu' };
let environment: string | undefined;

beforeEach(async () => {
  environment = process.env.RIVULET_BACKEND;
  delete process.env.RIVULET_BACKEND;
  await tf.setBackend('cpu');
});

afterEach(() => {
  if (environment === undefined) delete process.env.RIVULET_BACKEND;
  else process.env.RIVULET_BACKEND = environment;
});

describe('chooseBackend', () => {
  it('takes the first that works, says which and why in one line, and why not the faster ones', async () => {
    const lines: string[] = [];
    const choice = await chooseBackend({ log: (line) => lines.push(line) });
    expect(tf.getBackend()).toBe(registered[choice.name]);
    expect(choice.tried.map(({ name }) => name)).toEqual(order.slice(0, order.indexOf(choice.name)));
    expect(choice.tried.every(({ why }) => why.length > 0 && !why.includes('\n'))).toBe(true);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`Backend ${choice.name}: ${choice.reason}`);
    for (const { name, why } of choice.tried) expect(lines[0]).toContain(`${name}: ${why}`);
    expect(lines[0]).not.toContain('\n');
  });

  it('loads wasm without help, and computes with it', async () => {
    const choice = await chooseBackend({ backend: 'wasm' });
    expect(choice).toEqual({ name: 'wasm', reason: "WebAssembly, asked for by the option 'backend'", tried: [] });
    expect(tf.getBackend()).toBe('wasm');
    expect([...tf.tensor1d([1, 2]).add(1).dataSync()]).toEqual([2, 3]);
  });

  it('leaves no handler behind that would end the process', async () => {
    await chooseBackend({ backend: 'wasm' });
    const names = [...process.listeners('uncaughtException'), ...process.listeners('unhandledRejection')].map(String);
    expect(names.filter((source) => source.includes('ExitStatus') || source.includes('throw reason'))).toEqual([]);
  });

  it('lets the environment choose, and the option overrule it', async () => {
    process.env.RIVULET_BACKEND = 'wasm';
    expect(await chooseBackend()).toMatchObject({ name: 'wasm', reason: 'WebAssembly, asked for by RIVULET_BACKEND' });
    expect((await chooseBackend({ backend: 'cpu' })).name).toBe('cpu');
    expect(tf.getBackend()).toBe('cpu');
  });

  it('refuses an unknown name and lists the known ones', async () => {
    const names = 'the names are auto, tfjs-node-gpu, tfjs-node, webgpu, wasm, cpu';
    await expect(chooseBackend({ backend: 'webgl' as BackendName })).rejects.toThrow(`no backend is named 'webgl' (from the option 'backend'); ${names}`);
    process.env.RIVULET_BACKEND = 'cuda';
    await expect(chooseBackend()).rejects.toThrow(`no backend is named 'cuda' (from RIVULET_BACKEND); ${names}`);
  });

  it('does not replace a backend that was asked for and cannot be used', async () => {
    await expect(chooseBackend({ backend: 'webgpu' })).rejects.toThrow("'webgpu' was asked for by the option 'backend', but cannot be used: no navigator.gpu here");
    expect(tf.getBackend()).toBe('cpu');
  });
});
