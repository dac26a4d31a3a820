import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message } from '@rivulet/streams';
import { concat, from, lastValueFrom, NEVER, throwError, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { evaluation, rollout, run, temporaryFolder, update } from '../test/messages.js';
import { LineFile, readJsonl, toCsv, toJsonl } from './index.js';

const path = (): string => join(temporaryFolder(), 'metrics.jsonl');
const text = (file: string): string => readFileSync(file, 'utf8');

describe('toJsonl', () => {
  it('passes the same messages and writes those that can be read back bit for bit', async () => {
    const file = path();
    const out = await lastValueFrom(from(run).pipe(toJsonl(file), toArray()));
    expect(out.length).toBe(run.length);
    expect(out.every((message, i) => message === run[i])).toBe(true);
    expect(readJsonl(file)).toEqual(run.filter(({ kind }) => kind !== 'boundary' && kind !== 'checkpoint'));
  });

  it('writes these bytes', async () => {
    const file = path();
    await lastValueFrom(from([rollout(100), update(100, { loss: 0.1 + 0.2, gap: NaN })]).pipe(toJsonl(file)));
    expect(text(file)).toBe(
      '{"kind":"rollout","step":100,"steps":100,"episodes":[],"window":2,"policyLag":0}\n{"kind":"update","step":100,"updates":1,"metrics":{"loss":0.30000000000000004,"gap":"NaN"}}\n',
    );
  });

  it('writes the kinds that are asked for', async () => {
    const file = path();
    await lastValueFrom(from(run).pipe(toJsonl(file, { kinds: ['checkpoint', 'evaluation', 'boundary'] })));
    expect(readJsonl(file).map(({ kind }) => kind)).toEqual(['evaluation', 'checkpoint']);
  });

  it('opens nothing before subscribe, and closes on completion, error and unsubscribing', async () => {
    const file = new LineFile(path());
    const sink = from(run).pipe(toJsonl(file));
    expect(existsSync(file.path)).toBe(false);
    await lastValueFrom(sink);
    expect(() => file.append('x')).toThrow('is not open');
    const broken = concat(from(run), throwError(() => new Error('env'))).pipe(toJsonl(file));
    await expect(lastValueFrom(broken)).rejects.toThrow('env');
    expect(() => file.append('x')).toThrow('is not open');
    concat(from(run), NEVER).pipe(toJsonl(file)).subscribe().unsubscribe();
    expect(() => file.append('x')).toThrow('is not open');
    expect(readJsonl(file.path)).toHaveLength(15);
  });

  it('cut at a checkpoint and continued equals the file of the uninterrupted run', async () => {
    const messages: Message[] = [100, 200, 300, 400].flatMap((step) => [rollout(step, step / 7), update(step), evaluation(step, step / 3)]);
    const whole = path();
    await lastValueFrom(from(messages).pipe(toJsonl(whole)));

    const file = new LineFile(path());
    await lastValueFrom(from(messages.slice(0, 6)).pipe(toJsonl(file)));
    const stored = file.position;
    await lastValueFrom(from(messages.slice(6, 8)).pipe(toJsonl(file)));
    appendFileSync(file.path, '{"kind":"rol'); // the process was killed here
    await lastValueFrom(from(messages.slice(6)).pipe(toJsonl(file.path, { from: stored })));
    expect(text(file.path)).toBe(text(whole));
  });

  it('fails as a stream when the file cannot be made', async () => {
    const file = path();
    writeFileSync(file, '');
    await expect(lastValueFrom(from(run).pipe(toJsonl(join(file, 'below'))))).rejects.toThrow(/EEXIST|ENOTDIR/);
  });
});

describe('readJsonl', () => {
  it('leaves out a torn last line and names a broken one', () => {
    const file = path();
    writeFileSync(file, '{"kind":"checkpoint","step":1,"path":"a"}\n{"kind":"check');
    expect(readJsonl(file)).toEqual([{ kind: 'checkpoint', step: 1, path: 'a' }]);
    writeFileSync(file, '{"kind":"checkpoint","step":1,"path":"a"}\n{"kind":"checkpoint"}\n');
    expect(() => readJsonl(file)).toThrow(/line 2 of .*'step' must be a number/);
    writeFileSync(file, '{"kind"\n');
    expect(() => readJsonl(file)).toThrow('line 1 of');
    writeFileSync(file, '');
    expect(readJsonl(file)).toEqual([]);
  });
});

describe('toCsv', () => {
  it('writes one number per row under a header, and passes the same messages', async () => {
    const file = path();
    const out = await lastValueFrom(from(run).pipe(toCsv(file), toArray()));
    expect(out.every((message, i) => message === run[i])).toBe(true);
    expect(text(file).split('\n')).toEqual([
      'step,tag,value',
      '100,rollout/policyLag,0',
      '100,update/updates,1',
      '100,update/loss,0.30000000000000004',
      '100,update/gap,NaN',
      '200,rollout/meanReturn,12.5',
      '200,rollout/episodeReturn,12.5',
      '200,rollout/episodeLength,20',
      '200,rollout/policyLag,0',
      '200,update/updates,2',
      '200,update/loss,-Infinity',
      '200,update/gap,-0',
      '200,evaluation/meanReturn,20',
      '200,evaluation/episodeReturn,20',
      '200,evaluation/episodeLength,7',
      '',
    ]);
  });

  it('quotes names, and writes no second header when it continues', async () => {
    const file = new LineFile(path());
    await lastValueFrom(from([update(100, { 'a,"b"': 1 })]).pipe(toCsv(file)));
    await lastValueFrom(from([update(200, { b: 2 })]).pipe(toCsv(file.path, { from: 'end' })));
    expect(text(file.path)).toBe('step,tag,value\n100,update/updates,1\n100,"update/a,""b""",1\n200,update/updates,2\n200,update/b,2\n');
  });
});
