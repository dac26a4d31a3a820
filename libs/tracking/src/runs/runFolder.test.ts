import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { saveCheckpoint, type Snapshot } from '@rivulet/engine';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { chosenCheckpoint } from './chosenCheckpoint.js';
import { createRunFolder } from './createRunFolder.js';
import { lockRun } from './lockRun.js';
import { newestCheckpoint } from './newestCheckpoint.js';
import { openRunFolder } from './openRunFolder.js';
import { readJson } from './readJson.js';
import { runFiles } from './runFiles.js';
import { runFault } from './runFault.js';
import { type RunFolder, runFolder } from './runFolder.js';
import { writeJson } from './writeJson.js';

const root = mkdtempSync(join(tmpdir(), 'run-folder-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let path: string;
let count = 0;
beforeEach(() => {
  path = join(root, String(count++));
});

describe('createRunFolder', () => {
  it('makes the folder and those above it', () => {
    const folder = createRunFolder(join(path, 'a/b'));
    expect(folder).toEqual(runFolder(join(path, 'a/b')));
    expect(readdirSync(folder.path)).toEqual([]);
    expect(createRunFolder(folder.path)).toEqual(folder);
  });

  it('refuses a folder with anything in it, a file, and a place where none can be', () => {
    mkdirSync(path);
    writeFileSync(join(path, 'notes'), '');
    expect(() => createRunFolder(path)).toThrow(`the run folder ${path} is not empty: choose an empty folder with --out`);
    writeFileSync(join(path, 'config.json'), '{}');
    expect(() => createRunFolder(path)).toThrow(`the run folder ${path} is not empty: continue its run with --resume ${path}, or choose another folder with --out`);
    expect(() => createRunFolder(join(path, 'notes'))).toThrow(/notes \(file already exists\): choose another with --out$/);
    expect(() => createRunFolder(join(path, 'notes/x'))).toThrow(/\(not a directory\)/);
    expect(readdirSync(path).sort()).toEqual(['config.json', 'notes']);
  });

  it.runIf(existsSync('/proc/self'))('returns where the system has no room for folders', () => {
    expect(() => createRunFolder('/proc/run/x')).toThrow(/^cannot write to the run folder \/proc\/run\/x \(/);
  });

  it('does not mind what a process left that was killed before it began', () => {
    mkdirSync(path);
    for (const name of ['run.lock', 'run.lock.123', 'config.json.tmp']) writeFileSync(join(path, name), '{"host"');
    expect(createRunFolder(path).path).toBe(path);
  });
});

describe('openRunFolder', () => {
  it('refuses what is no run', () => {
    expect(() => openRunFolder(path)).toThrow(`${path} is not a run folder: it has no config.json`);
    writeJson(createRunFolder(path).config, {});
    expect(openRunFolder(path)).toEqual(runFolder(path));
  });
});

describe('writeJson and readJson', () => {
  it('give back what was written, and leave nothing else', () => {
    const { config } = createRunFolder(path);
    for (const value of [{ a: [1, null, 'ü'] }, { b: 0.1 }]) {
      writeJson(config, value);
      expect(readJson(config)).toEqual(value);
    }
    expect(readdirSync(path)).toEqual(['config.json']);
  });

  it('name the file that cannot be read or written, which stays as it was', () => {
    const { config } = createRunFolder(path);
    expect(() => readJson(config)).toThrow(`cannot read ${config} (no such file or directory)`);
    writeFileSync(config, '{"a');
    expect(() => readJson(config)).toThrow(`${config} is not valid JSON: `);
    mkdirSync(`${config}.tmp`);
    expect(() => writeJson(config, {})).toThrow(`cannot write ${config} (illegal operation on a directory)`);
    expect(readFileSync(config, 'utf8')).toBe('{"a');
  });
});

describe('lockRun', () => {
  const owner = (more: object): string => JSON.stringify({ host: hostname(), pid: process.pid, start: null, ...more });
  let folder: RunFolder;
  beforeEach(() => {
    folder = createRunFolder(path);
  });

  it('locks until it is released', () => {
    const release = lockRun(folder);
    expect(() => lockRun(folder)).toThrow(`the run folder ${path} is in use by process ${process.pid}: wait until it ends, or stop it first`);
    release();
    expect(readdirSync(path)).toEqual([]);
    lockRun(folder)();
    release();
  });

  it('holds against a process that runs, and no longer when it was killed', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    const gone = new Promise((resolve) => other.on('exit', resolve));
    writeFileSync(folder.lock, owner({ pid: other.pid }));
    expect(() => lockRun(folder)).toThrow(`in use by process ${other.pid}`);
    other.kill('SIGKILL');
    await gone;
    lockRun(folder)();
    expect(readdirSync(path)).toEqual([]);
  });

  it.each<[string, string]>([
    ['a process that had the same number', owner({ start: '1' })],
    ['another machine', owner({ host: `not-${hostname()}` })],
    ['a process killed while it wrote it', '{"ho'],
  ])('does not mind the lock of %s', (_, text) => {
    writeFileSync(folder.lock, text);
    const release = lockRun(folder);
    expect(JSON.parse(readFileSync(folder.lock, 'utf8'))).toMatchObject({ pid: process.pid });
    expect(readdirSync(path)).toEqual(['run.lock']);
    release();
  });

  it('says where no lock can be written', () => {
    expect(() => lockRun(runFolder(join(path, 'nowhere')))).toThrow(`cannot write to the run folder ${join(path, 'nowhere')} (no such file or directory)`);
  });

  it('leaves the lock of another alone when it is released', () => {
    const release = lockRun(folder);
    writeFileSync(folder.lock, owner({ pid: 1 }));
    release();
    expect(existsSync(folder.lock)).toBe(true);
  });
});

describe('the checkpoints of a run', () => {
  const at = (step: number): Snapshot => ({ arrays: {}, data: { step } });
  let folder: RunFolder;
  beforeEach(() => {
    folder = createRunFolder(path);
  });

  it('are found, the newest or by name', async () => {
    expect(await newestCheckpoint(folder)).toBeUndefined();
    await expect(chosenCheckpoint(folder, 'latest')).rejects.toThrow(`${path} has no checkpoint yet: let its run go on with --resume ${path}`);
    await saveCheckpoint(folder.checkpoints, at(9), { step: 9 });
    await saveCheckpoint(folder.checkpoints, at(10), { step: 10 });
    const names = readdirSync(folder.checkpoints).filter((name) => name.startsWith('step-')).sort();
    expect(await newestCheckpoint(folder)).toMatchObject({ step: 10, snapshot: at(10) });
    expect(await chosenCheckpoint(folder, 'latest')).toMatchObject({ step: 10 });
    expect(await chosenCheckpoint(folder, names[0])).toMatchObject({ step: 9 });
    await expect(chosenCheckpoint(folder, 'best')).rejects.toThrow(`${path} has no checkpoint 'best': there are ${names.join(', ')}, and 'latest' means the last of them (the best is not kept)`);
    // A process that was killed before it listed its checkpoint.
    rmSync(join(folder.checkpoints, 'latest.json'));
    expect(await newestCheckpoint(folder)).toMatchObject({ step: 10 });
  });

  it('are what an error names as left', async () => {
    const cause = new Error('the cable came off');
    expect(await runFault(cause, folder, 3)).toMatchObject({ cause, message: `the run stopped after step 3: the cable came off; there is no checkpoint yet: once that is mended, begin again with --resume ${path}` });
    const kept = await saveCheckpoint(folder.checkpoints, at(9), { step: 9 });
    expect((await runFault(cause, folder, 12)).message).toBe(`the run stopped after step 12: the cable came off; ${basename(kept)} is unharmed: once that is mended, continue from it with --resume ${path}`);
  });
});

describe('runFiles', () => {
  it('names the files that are there, and not the lock', () => {
    const folder = createRunFolder(path);
    const release = lockRun(folder);
    writeJson(folder.config, {});
    expect(runFiles(folder)).toEqual({ folder: path, config: folder.config });
    release();
  });
});
