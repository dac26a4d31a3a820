import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { tf } from '@rivulet/engine';
import { createRunFolder, readJsonl, runFolder } from '@rivulet/tracking';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parityRun } from '../test/parityRun.js';
import { languageFolder } from './languageFolder.js';
import { methodNames } from './languageMethods.js';
import { resolveConfig } from './resolveConfig.js';
import { trainRun } from './trainRun.js';

const root = mkdtempSync(join(tmpdir(), 'language-methods-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(async () => {
  await tf.setBackend('cpu');
});

const config = (method: string) => {
  const pairs = ['dpo', 'ipo', 'simpo', 'orpo', 'kto'].includes(method);
  return resolveConfig({ ...parityRun, method, settings: { prompts: 4, epochs: 1, ...(pairs ? { minibatchPairs: 2 } : { minibatchPrompts: 2 }), ...(method === 'ppo' ? {} : { groupSize: 4 }) } });
};

describe('languageMethods', () => {
  it.each(methodNames)('%s: learns after the warm start, and goes on exactly where it was interrupted', async (method) => {
    const own = config(method);
    const whole = await trainRun({ config: own, folder: languageFolder(createRunFolder(join(root, method))), resume: false });
    expect(whole).toMatchObject({ method, stopped: 'rounds', rounds: 4, updates: 40 });
    const lines = [...readJsonl(runFolder(join(root, method)).metrics)];
    expect(lines.filter(({ kind }) => kind === 'update')).toHaveLength(8);

    // Two lines of the warm start, one between the phases, one of the method.
    const stop = new AbortController();
    const progress = new PassThrough();
    let seen = 0;
    progress.on('data', () => ++seen >= 4 && stop.abort());
    const folder = languageFolder(createRunFolder(join(root, `${method}-stopped`)));
    expect(await trainRun({ config: own, folder, resume: false, signal: stop.signal, progress })).toMatchObject({ stopped: 'interrupted', rounds: 2 });
    const resumed = await trainRun({ config: own, folder: languageFolder(runFolder(folder.path)), resume: true });
    expect(resumed.scores).toEqual(whole.scores);
    expect([...readJsonl(folder.metrics)]).toEqual(lines);
  });
});
