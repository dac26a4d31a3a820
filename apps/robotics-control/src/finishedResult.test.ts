import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRunFolder, runFiles, writeJson } from '@rivulet/tracking';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { finishedResult } from './finishedResult.js';

const root = mkdtempSync(join(tmpdir(), 'finished-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let path: string;
let count = 0;
beforeEach(() => {
  path = join(root, String(count++));
});

describe('finishedResult', () => {
  const result = {
    env: 'Chain-v0',
    algorithm: 'ppo',
    seed: 1,
    steps: 10,
    updates: 2,
    stopped: 'steps',
    scores: { training: null, evaluation: { mean: 1, std: 0, returns: [1] } },
    seconds: 1,
    stepsPerSecond: 10,
    backend: 'cpu',
    files: { folder: 'where it was' },
  };

  it('is there when the run is finished, with the files where they are now', () => {
    const folder = createRunFolder(path);
    expect(finishedResult(folder)).toBeUndefined();
    writeJson(folder.result, result);
    expect(finishedResult(folder)).toEqual({ ...result, files: { folder: path, result: folder.result } });
    expect(runFiles(folder)).toEqual({ folder: path, result: folder.result });
  });

  it('refuses a file that is none', () => {
    const folder = createRunFolder(path);
    writeJson(folder.result, { ...result, scores: undefined });
    expect(() => finishedResult(folder)).toThrow(`${folder.result} is not the result of a run: delete it, and --resume ${path} makes it again`);
  });
});
