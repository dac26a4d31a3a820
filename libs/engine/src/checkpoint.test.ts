import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exactJson } from './exactJson.js';
import { listCheckpoints } from './listCheckpoints.js';
import { loadCheckpoint } from './loadCheckpoint.js';
import { ndarray } from './ndarray.js';
import { decodeSafetensors } from './safetensors.js';
import { saveCheckpoint } from './saveCheckpoint.js';
import type { Snapshot } from './snapshot.js';

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'checkpoint-'));
  folder = join(root, 'run');
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const snapshotOf = (value: number): Snapshot => ({
  arrays: {
    'policy/kernel': ndarray('float32', [2, 2], Float32Array.of(value, -0, Number.NaN, Number.POSITIVE_INFINITY)),
    'buffer/done': ndarray('uint8', [3], Uint8Array.of(0, 1, value)),
    step: ndarray('int32', [], Int32Array.of(value)),
    time: ndarray('float64', [1], Float64Array.of(value + 0.1)),
  },
  data: { rng: { key: [4294967295, 0], position: 2 ** 53 - 1 }, value, list: [null, true, 'ü "\u2028', -0, 5e-324, 0.1 + 0.2] },
});

describe('saveCheckpoint and loadCheckpoint', () => {
  it('give back the snapshot bit for bit, with its step and info', async () => {
    const path = await saveCheckpoint(folder, snapshotOf(7), { step: 123, info: { seed: 3 } });
    expect(path).toBe(`${folder}/step-000000123`);
    const loaded = await loadCheckpoint(folder);
    expect(loaded).toEqual({ snapshot: snapshotOf(7), step: 123, info: { seed: 3 }, path });
    expect(Object.is((loaded.snapshot.data['list'] as number[])[3], -0)).toBe(true);
    expect(await loadCheckpoint(path)).toEqual(loaded);
  });

  it('write a safetensors file that stands alone', async () => {
    const path = await saveCheckpoint(folder, snapshotOf(7), { step: 0 });
    expect(decodeSafetensors(await readFile(`${path}/tensors.safetensors`)).arrays).toEqual(snapshotOf(7).arrays);
  });

  it('take empty snapshots', async () => {
    await saveCheckpoint(folder, { arrays: {}, data: {} }, { step: 0 });
    expect((await loadCheckpoint(folder)).snapshot).toEqual({ arrays: {}, data: {} });
  });

  it('take arrays of more than one chunk', async () => {
    const data = Float64Array.from({ length: 2 ** 21 + 5 }, (_, i) => i);
    await saveCheckpoint(folder, { arrays: { data: ndarray('float64', [data.length], data) }, data: {} }, { step: 0 });
    const loaded = (await loadCheckpoint(folder)).snapshot.arrays['data'].data;
    expect(loaded.every((x, i) => x === i) && loaded.length === data.length).toBe(true);
  });

  it('keep the newest two and nothing else', async () => {
    await mkdir(`${folder}/.tmp-killed`, { recursive: true });
    await writeFile(`${folder}/.tmp-killed/tensors.safetensors`, 'half');
    await writeFile(`${folder}/notes.txt`, 'mine');
    for (const step of [1, 2, 3, 4]) await saveCheckpoint(folder, snapshotOf(step), { step });
    expect((await readdir(folder)).sort()).toEqual(['latest.json', 'notes.txt', 'step-000000003', 'step-000000004']);
    expect(await listCheckpoints(folder)).toEqual([`${folder}/step-000000004`, `${folder}/step-000000003`]);
    await saveCheckpoint(folder, snapshotOf(5), { step: 5, keep: 1 });
    expect((await readdir(folder)).sort()).toEqual(['latest.json', 'notes.txt', 'step-000000005']);
  });

  it('keep a step that is saved again beside the first, and the newest is the last written, not the highest', async () => {
    await saveCheckpoint(folder, snapshotOf(1), { step: 100 });
    expect(await saveCheckpoint(folder, snapshotOf(2), { step: 100 })).toBe(`${folder}/step-000000100-2`);
    expect((await loadCheckpoint(folder)).snapshot.data['value']).toBe(2);
    await saveCheckpoint(folder, snapshotOf(3), { step: 50 });
    expect(await listCheckpoints(folder)).toEqual([`${folder}/step-000000050`, `${folder}/step-000000100-2`]);
    expect((await loadCheckpoint(folder)).step).toBe(50);
  });

  it('take turns when called at once', async () => {
    const paths = await Promise.all([1, 2, 3].map((step) => saveCheckpoint(folder, snapshotOf(step), { step })));
    expect(await listCheckpoints(folder)).toEqual([paths[2], paths[1]]);
    expect((await loadCheckpoint(folder)).snapshot).toEqual(snapshotOf(3));
  });

  it('survive the folder being moved', async () => {
    await saveCheckpoint(folder, snapshotOf(1), { step: 1 });
    await rename(folder, join(root, 'elsewhere'));
    expect((await loadCheckpoint(join(root, 'elsewhere'))).snapshot).toEqual(snapshotOf(1));
  });
});

describe('loadCheckpoint', () => {
  it('says where nothing was saved', async () => {
    expect(await listCheckpoints(folder)).toEqual([]);
    await expect(loadCheckpoint(folder)).rejects.toThrow(`no checkpoint in ${folder}: save one first`);
  });

  it('names the older checkpoint when the newest is damaged, and loads that once the newest is deleted', async () => {
    await saveCheckpoint(folder, snapshotOf(1), { step: 1 });
    const path = await saveCheckpoint(folder, snapshotOf(2), { step: 2 });
    const bytes = await readFile(`${path}/tensors.safetensors`);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(`${path}/tensors.safetensors`, bytes);
    await expect(loadCheckpoint(folder)).rejects.toThrow(
      `loadCheckpoint: the checkpoint ${path} is damaged (the sha256 of tensors.safetensors differs): delete that folder and load again to resume from ${folder}/step-000000001`,
    );
    await rm(path, { recursive: true });
    expect((await loadCheckpoint(folder)).snapshot).toEqual(snapshotOf(1));
    await saveCheckpoint(folder, snapshotOf(3), { step: 3 });
    expect((await listCheckpoints(folder)).length).toBe(2);
  });

  it.each(['data.json', 'tensors.safetensors'])('notices every flipped bit and every truncation of %s', async (name) => {
    const path = await saveCheckpoint(folder, { arrays: { x: ndarray('float32', [2]) }, data: { a: 1 } }, { step: 1 });
    const intact = await readFile(`${path}/${name}`);
    for (let i = 0; i < intact.length; i++) {
      const bytes = Buffer.from(intact);
      bytes[i] ^= 1 << (i % 8);
      await writeFile(`${path}/${name}`, bytes);
      await expect(loadCheckpoint(folder)).rejects.toThrow(/is damaged .* delete that folder and start anew/);
      await writeFile(`${path}/${name}`, intact.subarray(0, i));
      await expect(loadCheckpoint(folder)).rejects.toThrow(`${name} has ${i} bytes instead of ${intact.length}`);
    }
    await writeFile(`${path}/${name}`, intact);
    await loadCheckpoint(folder);
  });

  it('never gives other contents for a damaged manifest', async () => {
    const path = await saveCheckpoint(folder, snapshotOf(1), { step: 1 });
    const intact = await readFile(`${path}/manifest.json`);
    for (let i = 0; i < intact.length; i += 3) {
      const bytes = Buffer.from(intact);
      bytes[i] ^= 1;
      await writeFile(`${path}/manifest.json`, bytes);
      const result = await loadCheckpoint(folder).catch((error: Error) => error.message);
      if (typeof result === 'string') expect(result).toContain(path);
      else expect(result.snapshot).toEqual(snapshotOf(1));
    }
  });

  it.each(['data.json', 'tensors.safetensors', 'manifest.json'])('names a missing %s', async (name) => {
    const path = await saveCheckpoint(folder, snapshotOf(1), { step: 1 });
    await rm(`${path}/${name}`);
    await expect(loadCheckpoint(folder)).rejects.toThrow(new RegExp(`${path} is damaged .*${name}`));
    await expect(loadCheckpoint(path)).rejects.toThrow(new RegExp(`${path} is damaged .*${name}`));
  });

  it('refuses other format versions with their number', async () => {
    const path = await saveCheckpoint(folder, snapshotOf(1), { step: 1 });
    const manifest = await readFile(`${path}/manifest.json`, 'utf8');
    await writeFile(`${path}/manifest.json`, manifest.replace('"version": 1', '"version": 2'));
    await expect(loadCheckpoint(folder)).rejects.toThrow(`${path} has the format version 2, this library reads version 1`);
    const pointer = await readFile(`${folder}/latest.json`, 'utf8');
    await writeFile(`${folder}/latest.json`, pointer.replace('"version": 1', '"version": 3'));
    await expect(loadCheckpoint(folder)).rejects.toThrow('latest.json is damaged (it has the format version 3, this library reads version 1)');
  });

  it('explains a damaged or missing latest.json; the next save repairs it and keeps the newest checkpoint', async () => {
    const path = await saveCheckpoint(folder, snapshotOf(1), { step: 1 });
    await writeFile(`${folder}/latest.json`, '{"format"');
    await expect(loadCheckpoint(folder)).rejects.toThrow(/latest\.json is damaged .*: delete it and load a checkpoint by its own path; there are step-000000001/);
    await rm(`${folder}/latest.json`);
    await expect(loadCheckpoint(folder)).rejects.toThrow('latest.json names none of step-000000001; load one by its own path');
    expect((await loadCheckpoint(path)).snapshot).toEqual(snapshotOf(1));
    await saveCheckpoint(folder, snapshotOf(2), { step: 2 });
    expect(await listCheckpoints(folder)).toEqual([`${folder}/step-000000002`, path]);
  });
});

describe('saveCheckpoint', () => {
  it('refuses what JSON would change, naming the path, and touches nothing', async () => {
    await saveCheckpoint(folder, snapshotOf(1), { step: 1 });
    for (const [value, what] of [
      [Number.NaN, 'NaN'],
      [Number.POSITIVE_INFINITY, 'Infinity'],
      [undefined, 'undefined'],
      [1n, 'bigint'],
      [new Float32Array(2), 'Float32Array'],
      [new Date(0), 'Date'],
    ] as const) {
      const snapshot = { arrays: {}, data: { envs: [{ state: value }] } } as unknown as Snapshot;
      await expect(saveCheckpoint(folder, snapshot, { step: 2 })).rejects.toThrow(`saveCheckpoint: 'data/envs/0/state' is ${what}, which JSON cannot hold`);
    }
    expect((await loadCheckpoint(folder)).snapshot).toEqual(snapshotOf(1));
  });

  it('refuses options without sense', async () => {
    await expect(saveCheckpoint(folder, snapshotOf(1), { step: -1 })).rejects.toThrow('step must be a non-negative integer, got -1');
    await expect(saveCheckpoint(folder, snapshotOf(1), { step: 1, keep: 0 })).rejects.toThrow('keep must be a positive integer, got 0');
  });

  it('fails clearly where a file is in the way of the folder', async () => {
    await writeFile(folder, 'a file');
    await expect(saveCheckpoint(folder, snapshotOf(1), { step: 1 })).rejects.toThrow(`saveCheckpoint: cannot write to ${folder}: EEXIST`);
    await expect(loadCheckpoint(folder)).rejects.toThrow(`no checkpoint in ${folder}`);
  });

  it('goes around a file that has the name of the checkpoint', async () => {
    await mkdir(folder);
    await writeFile(`${folder}/step-000000001`, 'a file');
    expect(await saveCheckpoint(folder, snapshotOf(1), { step: 1 })).toBe(`${folder}/step-000000001-2`);
    expect((await loadCheckpoint(folder)).snapshot).toEqual(snapshotOf(1));
  });

  it('leaves older checkpoints unharmed where an array is malformed or latest.json cannot be replaced', async () => {
    await saveCheckpoint(folder, snapshotOf(1), { step: 1 });
    const wrong = { arrays: { x: { dtype: 'float32', shape: [3], data: new Float32Array(2) } }, data: {} } as Snapshot;
    await expect(saveCheckpoint(folder, wrong, { step: 2 })).rejects.toThrow("'x' has 2 numbers for the shape [3]; earlier checkpoints there are unharmed");
    expect((await loadCheckpoint(folder)).snapshot).toEqual(snapshotOf(1));
    await cp(folder, join(root, 'copy'), { recursive: true });
    await rm(join(root, 'copy', 'latest.json'));
    await mkdir(join(root, 'copy', 'latest.json', 'in the way'), { recursive: true });
    await expect(saveCheckpoint(join(root, 'copy'), snapshotOf(2), { step: 2 })).rejects.toThrow('cannot write to');
    expect((await loadCheckpoint(join(root, 'copy', 'step-000000001'))).snapshot).toEqual(snapshotOf(1));
  });

  it.skipIf(process.getuid?.() === 0)('leaves older checkpoints unharmed in a folder that is read-only', async () => {
    await saveCheckpoint(folder, snapshotOf(1), { step: 1 });
    await chmod(folder, 0o555);
    await expect(saveCheckpoint(folder, snapshotOf(2), { step: 2 })).rejects.toThrow('EACCES');
    await chmod(folder, 0o755);
    expect((await loadCheckpoint(folder)).snapshot).toEqual(snapshotOf(1));
  });
});

describe('exactJson', () => {
  it('round-trips every JSON value bit for bit', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.double({ noNaN: true, noDefaultInfinity: true }), (value, number) => {
        expect(JSON.parse(exactJson(value))).toEqual(value);
        expect(Object.is(JSON.parse(exactJson(number)), number)).toBe(true);
      }),
    );
  });
});
