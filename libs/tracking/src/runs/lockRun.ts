import { readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { fileFault } from './fileFault.js';
import type { RunFolder } from './runFolder.js';

interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When it started, in ticks since boot: pids are used again. Null where the system does not say. */
  readonly start: string | null;
}

/** State and start of a process, from Linux's /proc; undefined elsewhere. */
function processFacts(pid: number): { readonly state: string; readonly start: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program comes second, in parentheses, and may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state: fields[0], start: fields[19] };
  } catch {
    return undefined;
  }
}

function runs({ host, pid, start }: Owner): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const facts = processFacts(pid);
  return facts === undefined ? pid !== process.pid : facts.state !== 'Z' && (start === null || facts.start === start);
}

function parseOwner(text: string): Owner | undefined {
  try {
    return JSON.parse(text) as Owner;
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Takes away the lock of a process that is gone. If another process was faster, its new lock is put back. */
function removeStale(path: string, stale: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (read(aside) === stale) unlinkSync(aside);
  else renameSync(aside, path);
}

/** Writes the lock unless there is one. */
function claim(folder: RunFolder, text: string): boolean {
  try {
    writeFileSync(folder.lock, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new Error(`cannot write to the run folder ${folder.path} (${fileFault(error)})`, { cause: error });
  }
}

/**
 * Makes this process the only one of this machine that writes into a run folder, until the returned function is called
 * or the process ends. The lock of a process that was killed counts for nothing, and neither does one that came from
 * another machine: the folder was moved.
 * @throws when another process is writing, naming it.
 */
export function lockRun(folder: RunFolder): () => void {
  const own: Owner = { host: hostname(), pid: process.pid, start: processFacts(process.pid)?.start ?? null };
  const text = `${JSON.stringify(own)}\n`;
  while (!claim(folder, text)) {
    const found = read(folder.lock);
    if (found === undefined) continue;
    const owner = parseOwner(found);
    if (owner !== undefined && runs(owner)) throw new Error(`the run folder ${folder.path} is in use by process ${owner.pid}: wait until it ends, or stop it first`);
    removeStale(folder.lock, found);
  }
  const release = (): void => {
    process.off('exit', release);
    if (read(folder.lock) === text) unlinkSync(folder.lock);
  };
  process.on('exit', release);
  return release;
}
