import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { loadCheckpoint } from './loadCheckpoint.js';
import { ndarray } from './ndarray.js';
import { saveCheckpoint } from './saveCheckpoint.js';
import type { Snapshot } from './snapshot.js';

/** The n-th call to the disk fails: for that call only, or, as after SIGKILL, with every later one. */
const faults = vi.hoisted(() => ({ calls: 0, failAt: Number.POSITIVE_INFINITY, dead: false, log: [] as string[] }));

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  const due = (name: string): boolean => {
    faults.log.push(name);
    const call = faults.calls++;
    return faults.dead ? call >= faults.failAt : call === faults.failAt;
  };
  const guard =
    (name: string, f: (...args: never[]) => Promise<unknown>) =>
    async (...args: never[]): Promise<unknown> => {
      if (due(name)) throw Object.assign(new Error(`ENOSPC: no space left on device, ${name}`), { code: 'ENOSPC' });
      return f(...args);
    };
  const guardFile = (file: import('node:fs/promises').FileHandle): unknown => ({
    close: () => file.close(),
    stat: () => file.stat(),
    read: (...args: [Uint8Array, number, number]) => file.read(...args),
    sync: guard('sync', () => file.sync()),
    writeFile: async (chunk: Uint8Array) => {
      if (due('write')) {
        await file.writeFile(chunk.subarray(0, chunk.length >> 1));
        throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
      }
      await file.writeFile(chunk);
    },
  });
  const open = async (...args: Parameters<typeof real.open>): Promise<unknown> => {
    if (args[1] !== 'r' && due('open')) throw new Error('ENOSPC: no space left on device, open');
    return guardFile(await real.open(...args));
  };
  return { ...real, open, mkdir: guard('mkdir', real.mkdir as never), mkdtemp: guard('mkdtemp', real.mkdtemp as never), rename: guard('rename', real.rename as never), rm: guard('rm', real.rm as never) };
});

let folder: string;

function heal(): void {
  Object.assign(faults, { calls: 0, failAt: Number.POSITIVE_INFINITY, dead: false, log: [] });
}

beforeEach(async () => {
  heal();
  folder = await mkdtemp(join(tmpdir(), 'checkpoint-'));
});

afterEach(async () => {
  heal();
  await rm(folder, { recursive: true, force: true });
});

const snapshotOf = (value: number): Snapshot => ({ arrays: { x: ndarray('float32', [2], Float32Array.of(value, 1)), y: ndarray('int32', [1]) }, data: { value } });
const save = (step: number): Promise<string> => saveCheckpoint(folder, snapshotOf(step), { step });

describe.each([
  ['killed at', true],
  ['refused the disk at', false],
])('a save that is %s any call', (_, dead) => {
  it('leaves the newest finished checkpoint loadable, and the next save cleans up', { timeout: 120_000 }, async () => {
    let failAt = 0;
    let failures = 0;
    for (let finished = false; !finished; failAt++) {
      await rm(folder, { recursive: true, force: true });
      await save(1);
      await save(2);
      Object.assign(faults, { calls: 0, failAt, dead, log: [] });
      const failed = await save(3).then(
        () => false,
        (error: Error) => {
          expect(error.message).toMatch(/^saveCheckpoint: cannot write to .*ENOSPC.*; earlier checkpoints there are unharmed$/);
          return true;
        },
      );
      finished = faults.calls <= failAt;
      heal();
      const loaded = await loadCheckpoint(folder);
      expect([2, 3]).toContain(loaded.step);
      expect(loaded.snapshot).toEqual(snapshotOf(loaded.step));
      if (!failed) expect(loaded.step).toBe(3);
      failures += failed ? 1 : 0;
      await save(4);
      expect((await loadCheckpoint(folder)).snapshot).toEqual(snapshotOf(4));
      expect((await readdir(folder)).sort()).toEqual(['latest.json', `step-00000000${loaded.step}`, 'step-000000004']);
    }
    // Temporary folders, four files, their syncs, the renames: all of them must have been hit.
    expect(failures).toBeGreaterThan(20);
  });

  it('leaves no damaged checkpoint where it is the first', { timeout: 120_000 }, async () => {
    for (let failAt = 0, finished = false; !finished; failAt++) {
      await rm(folder, { recursive: true, force: true });
      Object.assign(faults, { calls: 0, failAt, dead, log: [] });
      await save(1).catch(() => undefined);
      finished = faults.calls <= failAt;
      heal();
      const found = await loadCheckpoint(folder).catch((error: Error) => error.message);
      if (typeof found === 'string') expect(found).toContain('no checkpoint in');
      else expect(found.snapshot).toEqual(snapshotOf(1));
      await save(2);
      expect((await loadCheckpoint(folder)).snapshot).toEqual(snapshotOf(2));
    }
  });
});

describe('saveCheckpoint', () => {
  it('syncs every file and folder before the name that makes it visible', async () => {
    await save(1);
    const order = faults.log.filter((name) => ['write', 'sync', 'rename', 'open'].includes(name)).join(' ');
    expect(order).toBe('open write sync open write write write sync open write sync sync rename sync open write sync rename sync');
  });
});
