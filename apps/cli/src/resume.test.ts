import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Rng } from '@rivulet/engine';
import type { RunResult } from '@rivulet/robotics-control';
import { beforeAll, describe, expect, it } from 'vitest';
import { contents, type Ended, finalTensors, lastJson, rivulet, scratch, start, untilLines, untilWriting } from '../test/rivulet.js';
import { shortRuns } from '../test/runs.js';

const at = scratch();
const folder = (name: string): string => join(at, name);
const metrics = (name: string): string => readFileSync(join(at, name, 'metrics.jsonl'), 'utf8');
const withoutClock = ({ seconds: _seconds, stepsPerSecond: _stepsPerSecond, files: _files, ...result }: RunResult): unknown => result;

function expectSameRun(name: string, reference: string): void {
  expect(metrics(name)).toBe(metrics(reference));
  expect(finalTensors(folder(name)).equals(finalTensors(folder(reference)))).toBe(true);
  const [a, b] = [name, reference].map((run) => withoutClock(JSON.parse(readFileSync(join(folder(run), 'result.json'), 'utf8')) as RunResult));
  expect(a).toEqual(b);
}

describe('a run that is killed', () => {
  it.each(['ppo', 'dqn', 'sac', 'td3', 'a2c'])('%s: again and again, at any moment, ends as if it never was', async (algorithm) => {
    const reference = `${algorithm}-whole`;
    await rivulet(at, 'run', ...shortRuns[algorithm], '--out', reference, '--quiet', '--checkpoint-seconds', '0');
    const total = metrics(reference).split('\n').length;
    const name = `${algorithm}-killed`;
    const rng = Rng.fromSeed(algorithm.length);
    const moments = (algorithm === 'td3' || algorithm === 'a2c' ? [0.5] : [0, 0.4, 0.8]).map((share) => Math.floor(total * share));
    let kills = 0;
    for (const [attempt, lines] of moments.entries()) {
      const command = attempt === 0 ? [...shortRuns[algorithm], '--out', name, '--checkpoint-seconds', '0.02'] : ['--resume', name];
      const run = start(at, ['run', ...command, '--quiet']);
      await untilWriting(run, folder(name));
      await untilLines(run, folder(name), lines);
      await new Promise((resolve) => setTimeout(resolve, 30 * rng.nextUniform()));
      run.process.kill('SIGKILL');
      if ((await run.ended).code === null) kills++;
    }
    expect(kills).toBeGreaterThan(0); // On a slow day the last one may come too late.
    expect(await rivulet(at, 'run', '--resume', name, '--quiet')).toMatchObject({ code: 0, stdout: '' });
    expectSameRun(name, reference);
  });
});

/** Interrupts a run in the middle; where the signal came too late, another one. */
async function interrupt(signal: 'SIGINT' | 'SIGTERM'): Promise<Ended> {
  for (;;) {
    const run = start(at, ['run', ...shortRuns.ppo, '--out', signal, '--json', '--checkpoint-seconds', '0']);
    await untilLines(run, folder(signal), 3);
    run.process.kill(signal);
    // A terminal and npm may both pass on one Ctrl-C.
    run.process.kill(signal);
    const ended = await run.ended;
    if (ended.code !== 0) return ended;
    rmSync(folder(signal), { recursive: true });
  }
}

describe('a run that goes on', () => {
  beforeAll(async () => {
    await rivulet(at, 'run', ...shortRuns.ppo, '--out', 'whole', '--quiet', '--checkpoint-seconds', '0');
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('after %s, which leaves a checkpoint and says how', async (signal) => {
    const ended = await interrupt(signal);
    expect(ended.code).toBe({ SIGINT: 130, SIGTERM: 143 }[signal]);
    expect(ended.stderr).toContain('\nstopping after this iteration, with a checkpoint (again: at once)\n');
    expect(ended.stdout).toContain(`continue:   rivulet run --resume ${signal}\n`);
    const result = lastJson(ended);
    expect(result).toMatchObject({ stopped: 'interrupted', scores: { evaluation: null } });
    expect(result.steps).toBeLessThan(3000);
    expect(readdirSync(join(folder(signal), 'checkpoints')).sort()).toEqual(['latest.json', `step-${String(result.steps).padStart(9, '0')}`]);
    expect(existsSync(join(folder(signal), 'result.json'))).toBe(false);
    expect(await rivulet(at, 'run', '--resume', signal, '--quiet')).toMatchObject({ code: 0 });
    expectSameRun(signal, 'whole');
  });

  it('but is finished: tells its result again and touches nothing, wherever the folder is now', async () => {
    const first = await rivulet(at, 'run', ...shortRuns.a2c, '--out', 'finished', '--json', '--quiet');
    renameSync(folder('finished'), folder('moved'));
    const before = contents(folder('moved'));
    const again = await rivulet(at, 'run', '--resume', 'moved', '--json');
    expect(again).toMatchObject({ code: 0, stderr: 'the run in moved is finished; its result:\n' });
    const { files, ...result } = lastJson(again);
    expect({ ...result, files: {} }).toEqual({ ...lastJson(first), files: {} });
    expect(files).toMatchObject({ folder: 'moved', checkpoints: 'moved/checkpoints', result: 'moved/result.json' });
    expect(contents(folder('moved'))).toEqual(before);
  });

  it('but has learned all it should: only evaluates', async () => {
    rmSync(join(folder('moved'), 'result.json'));
    const before = contents(join(folder('moved'), 'checkpoints'));
    const again = lastJson(await rivulet(at, 'run', '--resume', 'moved', '--json'));
    expect(contents(join(folder('moved'), 'checkpoints'))).toEqual(before);
    expect(withoutClock(again)).toEqual(withoutClock(JSON.parse(readFileSync(join(folder('moved'), 'result.json'), 'utf8')) as RunResult));
    expect(again).toMatchObject({ stopped: 'steps', steps: 1000 });
  });

  it('without a checkpoint, from its beginning', async () => {
    mkdirSync(folder('early'));
    writeFileSync(join(folder('early'), 'config.json'), readFileSync(join(folder('whole'), 'config.json')));
    // What a process leaves that was killed while it stored its first checkpoint.
    mkdirSync(join(folder('early'), 'checkpoints/.tmp-abc'), { recursive: true });
    writeFileSync(join(folder('early'), 'metrics.jsonl'), metrics('whole').slice(0, 1000));
    expect(await rivulet(at, 'run', '--resume', 'early', '--quiet')).toMatchObject({ code: 0 });
    expectSameRun('early', 'whole');
  });

  it('not with other settings', async () => {
    expect(await rivulet(at, 'run', '--resume', 'whole', '--steps', '9', '--learning-rate', '1', '--out', 'x')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'error: --resume continues a run with its own settings, so steps, learningRate, out cannot be given: start a new run instead\n',
    });
  });
});
