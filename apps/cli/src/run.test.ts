import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runResult } from '@rivulet/robotics-control';
import { describe, expect, it } from 'vitest';
import { contents, finalTensors, lastJson, rivulet, scratch, start, untilLines, untilWriting } from '../test/rivulet.js';
import { shortRuns } from '../test/runs.js';

const at = scratch();
const lines = (folder: string): string[] => readFileSync(join(at, folder, 'metrics.jsonl'), 'utf8').trimEnd().split('\n');

describe('rivulet run', () => {
  it.each(Object.keys(shortRuns))('%s trains, evaluates and leaves its files, from whose config comes the same run', async (algorithm) => {
    const first = await rivulet(at, 'run', ...shortRuns[algorithm], '--out', `${algorithm}-1`, '--json', '--checkpoint-seconds', '0.05');
    expect(first).toMatchObject({ code: 0 });
    const result = runResult.parse(lastJson(first));
    expect(result).toMatchObject({ algorithm, seed: 1, stopped: 'steps' });
    expect(result.steps).toBeGreaterThanOrEqual(900);
    expect(result.updates).toBeGreaterThan(0);
    expect(result.seconds).toBeGreaterThan(0);
    const { mean, returns } = result.scores.evaluation as NonNullable<typeof result.scores.evaluation>;
    expect(mean).toBeCloseTo(returns.reduce((sum, x) => sum + x, 0) / returns.length, 6);
    expect(Object.keys(result.files).sort()).toEqual(['checkpoints', 'config', 'curve', 'folder', 'metrics', 'result', 'tensorBoard']);
    for (const file of Object.values(result.files)) expect(existsSync(join(at, file)), file).toBe(true);
    expect(JSON.parse(readFileSync(join(at, result.files.result), 'utf8'))).toMatchObject({ steps: result.steps, scores: result.scores });
    expect(first.stdout.split('\n')[0]).toMatch(/^all steps were made after \d+ steps, /);
    expect(first.stderr).toMatch(new RegExp(`^Backend .*\n${algorithm} on .*, seed 1, at most \\d+ steps; run folder ${algorithm}-1\n`));

    // The others are made again where they are killed.
    if (algorithm !== 'ppo') return;
    // From the config that the run left, without a checkpoint until the end, and without a word.
    const again = await rivulet(at, 'run', '--config', `${algorithm}-1/config.json`, '--checkpoint-seconds', '0', '--out', `${algorithm}-2`, '--quiet');
    expect(again).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(lines(`${algorithm}-2`)).toEqual(lines(`${algorithm}-1`));
    expect(finalTensors(join(at, `${algorithm}-2`)).equals(finalTensors(join(at, `${algorithm}-1`)))).toBe(true);
  });

  it('another seed makes another run', async () => {
    await rivulet(at, 'run', ...shortRuns.a2c, '--out', 'seed-1', '--quiet');
    await rivulet(at, 'run', ...shortRuns.a2c, '--out', 'seed-2', '--quiet', '--seed', '2');
    expect(lines('seed-2')).not.toEqual(lines('seed-1'));
  });

  it('stops where the return is reached, and tells which end it was', async () => {
    const ended = await rivulet(at, 'run', ...shortRuns.ppo, '--until-return', '10', '--out', 'reached', '--json');
    const result = lastJson(ended);
    expect(result).toMatchObject({ stopped: 'return' });
    expect(result.steps).toBeLessThan(3000);
    const evaluated = await rivulet(at, 'run', ...shortRuns.ppo, '--until-evaluation', '1', '--steps', '100000', '--out', 'evaluated', '--json');
    expect(lastJson(evaluated)).toMatchObject({ stopped: 'evaluation', steps: 1024 });
  });

  it('names new folders one after the other', async () => {
    const run = (): Promise<unknown> => rivulet(at, 'run', ...shortRuns.a2c, '--steps', '40', '--quiet');
    await run();
    await Promise.all([run(), run()]);
    expect(readdirSync(join(at, 'runs')).sort()).toEqual(['FrozenLake-v1-a2c-1-1', 'FrozenLake-v1-a2c-1-2', 'FrozenLake-v1-a2c-1-3']);
  });

  it('takes keys from a file, and flags before those', async () => {
    writeFileSync(join(at, 'my.json'), JSON.stringify({ env: 'FrozenLake-v1', algorithm: 'a2c', steps: 40, seed: 5, settings: { hidden: [8, 8], discount: 0.5 } }));
    await rivulet(at, 'run', 'robotics-control', '--config', 'my.json', '--seed', '6', '--hidden', '4', '--normalize-observation', 'false', '--out', 'mine', '--quiet');
    expect(JSON.parse(readFileSync(join(at, 'mine/config.json'), 'utf8'))).toMatchObject({ env: 'FrozenLake-v1', algorithm: 'a2c', steps: 40, seed: 6, settings: { hidden: [4], discount: 0.5, normalizeObservation: false } });
  });

  it('never writes into a folder that has something in it', async () => {
    mkdirSync(join(at, 'letters'));
    writeFileSync(join(at, 'letters/dear.txt'), 'Dear,');
    const ended = await rivulet(at, 'run', '--out', 'letters');
    expect(ended).toEqual({ code: 1, stdout: '', stderr: 'error: the run folder letters is not empty: choose an empty folder with --out\n' });
    await rivulet(at, 'run', ...shortRuns.a2c, '--steps', '40', '--out', 'occupied', '--quiet');
    const before = contents(join(at, 'occupied'));
    expect(await rivulet(at, 'run', '--out', 'occupied')).toMatchObject({
      code: 1,
      stderr: 'error: the run folder occupied is not empty: continue its run with --resume occupied, or choose another folder with --out\n',
    });
    expect(contents(join(at, 'occupied'))).toEqual(before);
    expect(contents(join(at, 'letters'))).toEqual({ [join(at, 'letters/dear.txt')]: 'Dear,' });
  });

  it('shares its folder with no other process, and does not mind the lock of a dead one', async () => {
    const first = start(at, ['run', ...shortRuns.ppo, '--steps', '1000000', '--out', 'shared', '--quiet']);
    await untilLines(first, join(at, 'shared'), 1);
    const second = await rivulet(at, 'run', '--resume', 'shared');
    expect(second).toMatchObject({ code: 1, stdout: '' });
    // `sh` has become the process: it is the same pid.
    expect(second.stderr.split('\n').at(-2)).toBe(`error: the run folder shared is in use by process ${first.process.pid}: wait until it ends, or stop it first`);
    first.process.kill('SIGKILL');
    await first.ended;
    expect(existsSync(join(at, 'shared/run.lock'))).toBe(true);
    const third = start(at, ['run', '--resume', 'shared', '--quiet']);
    await untilWriting(third, join(at, 'shared'));
    third.process.kill('SIGINT');
    expect(await third.ended).toMatchObject({ code: 130, stderr: '' });
    expect(existsSync(join(at, 'shared/run.lock'))).toBe(false);
  });

  it('says what is left when the disk refuses in the middle, and goes on from there', async () => {
    const run = [...shortRuns.a2c, '--out', 'full', '--checkpoint-seconds', '0.01', '--json'];
    // No file may grow beyond 18 blocks of 512 bytes: the metrics do, after a while.
    const ended = await start(at, ['run', ...run, '--quiet'], 'ulimit -f 18;').ended;
    expect(ended.code).toBe(1);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toMatch(/^error: the run stopped after step \d+: EFBIG: file too large, write; step-\d+ is unharmed: once that is mended, continue from it with --resume full\n$/);
    expect(await rivulet(at, 'run', '--resume', 'full', '--quiet')).toMatchObject({ code: 0 });
    await rivulet(at, 'run', ...shortRuns.a2c, '--out', 'roomy', '--quiet');
    expect(lines('full')).toEqual(lines('roomy'));
    expect(finalTensors(join(at, 'full')).equals(finalTensors(join(at, 'roomy')))).toBe(true);
  });
});
