import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { RunResult } from '@rivulet/robotics-control';
import { afterAll } from 'vitest';

const bin = fileURLToPath(new URL('../bin/rivulet.js', import.meta.url));
// Variables of the test runner must not change what users get.
const env = { PATH: process.env.PATH, HOME: process.env.HOME };

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly ended: Promise<Ended>;
}

/** A folder for the tests of a file; it goes when they are through. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rivulet-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the built command as a user would. @param shell words before it: `ulimit -f 8;` */
export function start(cwd: string, args: readonly string[], shell = ''): Running {
  const child = spawn('/bin/sh', ['-c', `${shell} exec "$@"`, 'sh', process.execPath, bin, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = [child.stdout, child.stderr].map((stream) => {
    const text = { all: '' };
    stream.setEncoding('utf8').on('data', (part: string) => (text.all += part));
    return text;
  });
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, stdout: texts[0].all, stderr: texts[1].all })));
  return { process: child, ended };
}

/** Runs the built command to its end. */
export function rivulet(cwd: string, ...args: string[]): Promise<Ended> {
  return start(cwd, args).ended;
}

/** The line of JSON that ends the output. */
export function lastJson<T = RunResult>({ stdout }: Ended): T {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) as string) as T;
}

/** The tensors of a run's newest checkpoint. */
export function finalTensors(folder: string): Buffer {
  const [newest] = (JSON.parse(readFileSync(join(folder, 'checkpoints/latest.json'), 'utf8')) as { checkpoints: string[] }).checkpoints;
  return readFileSync(join(folder, 'checkpoints', newest, 'tensors.safetensors'));
}

/** Every file below a folder with its contents, to see that nothing was touched. */
export function contents(folder: string): { [path: string]: string } {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map((entry) => [join(entry.parentPath, entry.name), readFileSync(join(entry.parentPath, entry.name), 'latin1')]).sort());
}

/** Waits until a process writes into its run folder (from then on it hears signals), or has ended. */
export async function untilWriting({ process: child }: Running, folder: string): Promise<void> {
  const path = join(folder, 'run.lock');
  while (child.exitCode === null && child.signalCode === null) {
    if (existsSync(path) && readFileSync(path, 'utf8').includes(`"pid":${child.pid},`)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until the metrics of a run have so many lines, or its process has ended. */
export async function untilLines({ process: child }: Running, folder: string, lines: number): Promise<void> {
  const path = join(folder, 'metrics.jsonl');
  while (child.exitCode === null && child.signalCode === null) {
    if (existsSync(path) && readFileSync(path, 'utf8').split('\n').length > lines) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
