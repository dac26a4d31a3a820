import type { FileHandle } from 'node:fs/promises';
import { chunksOf, DATA, type FileFacts, isCheckpointName, type Manifest, MANIFEST, MANIFEST_FORMAT, parsePointer, POINTER, POINTER_FORMAT, safetensorsChunks, TEMPORARY, TENSORS, VERSION } from './checkpointFiles.js';
import { exactJson } from './exactJson.js';
import { importInNode } from './importInNode.js';
import type { Json, Snapshot } from './snapshot.js';

export interface SaveCheckpointOptions {
  /** The step that names the checkpoint: a non-negative integer. */
  readonly step: number;
  /** Anything worth knowing about the run: its config, its seed. */
  readonly info?: { readonly [key: string]: Json };
  /** How many checkpoints stay in the folder; 2 by default. */
  readonly keep?: number;
}

// Browsers import the engine too: node's modules load on the first save only.
const loadFs = () => importInNode<typeof import('node:fs/promises')>('node:fs/promises');
const saving = new Map<string, Promise<unknown>>();

async function withFile(path: string, flags: string, work: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await (await loadFs()).open(path, flags);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

async function writeDurably(path: string, chunks: Iterable<Uint8Array>): Promise<FileFacts> {
  const { createHash } = await importInNode<typeof import('node:crypto')>('node:crypto');
  const hash = createHash('sha256');
  let bytes = 0;
  await withFile(path, 'wx', async (file) => {
    for (const chunk of chunks) {
      await file.writeFile(chunk);
      hash.update(chunk);
      bytes += chunk.length;
    }
    await file.sync();
  });
  return { bytes, sha256: hash.digest('hex') };
}

function writeText(path: string, text: string): Promise<FileFacts> {
  return writeDurably(path, chunksOf(new TextEncoder().encode(text)));
}

/** Makes the names in a folder durable. Windows cannot, and need not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform !== 'win32') await withFile(path, 'r', (file) => file.sync());
}

async function writeCheckpoint(path: string, snapshot: Snapshot, step: number, data: string): Promise<void> {
  const files = {
    [DATA]: await writeText(`${path}/${DATA}`, data),
    [TENSORS]: await writeDurably(`${path}/${TENSORS}`, safetensorsChunks(snapshot.arrays)),
  };
  const manifest: Manifest = { format: MANIFEST_FORMAT, version: VERSION, step, files };
  await writeText(`${path}/${MANIFEST}`, `${JSON.stringify(manifest, null, 2)}\n`);
  await syncFolder(path);
}

/** The finished checkpoints of a folder, newest first: by its pointer, or by name where that is lost. */
async function finished(folder: string, present: readonly string[]): Promise<readonly string[]> {
  try {
    const listed = parsePointer(await (await loadFs()).readFile(`${folder}/${POINTER}`, 'utf8'));
    return listed.filter((name) => present.includes(name));
  } catch {
    return present.filter(isCheckpointName).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  }
}

/** Removes what no pointer needs. What cannot be removed now is left for the next save: it does no harm. */
async function prune(folder: string, kept: readonly string[]): Promise<void> {
  const { readdir, rm } = await loadFs();
  const stale = (await readdir(folder)).filter((name) => name.startsWith(TEMPORARY) || (isCheckpointName(name) && !kept.includes(name)));
  for (const name of stale) await rm(`${folder}/${name}`, { recursive: true, force: true }).catch(() => undefined);
}

function freeName(step: number, present: readonly string[]): string {
  const name = `step-${String(step).padStart(9, '0')}`;
  for (let again = 1; ; again++) {
    const candidate = again === 1 ? name : `${name}-${again}`;
    if (!present.includes(candidate)) return candidate;
  }
}

async function replacePointer(folder: string, checkpoints: readonly string[]): Promise<void> {
  const { mkdtemp, rename } = await loadFs();
  const temporary = await mkdtemp(`${folder}/${TEMPORARY}`);
  await writeText(`${temporary}/${POINTER}`, `${JSON.stringify({ format: POINTER_FORMAT, version: VERSION, checkpoints }, null, 2)}\n`);
  await rename(`${temporary}/${POINTER}`, `${folder}/${POINTER}`);
  await syncFolder(folder);
}

async function save(folder: string, snapshot: Snapshot, step: number, data: string, keep: number): Promise<string> {
  const { mkdir, mkdtemp, readdir, rename } = await loadFs();
  await mkdir(folder, { recursive: true });
  const present = await readdir(folder);
  const older = await finished(folder, present);
  await prune(folder, older);
  const temporary = await mkdtemp(`${folder}/${TEMPORARY}`);
  await writeCheckpoint(temporary, snapshot, step, data);
  const name = freeName(step, present);
  await rename(temporary, `${folder}/${name}`);
  await syncFolder(folder);
  const kept = [name, ...older].slice(0, keep);
  await replacePointer(folder, kept);
  await prune(folder, kept);
  return `${folder}/${name}`;
}

/** One save after the other for each folder, whoever calls. */
async function inTurn<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const { resolve } = await importInNode<typeof import('node:path')>('node:path');
  const key = resolve(folder);
  const turn = (saving.get(key) ?? Promise.resolve()).catch(() => undefined).then(work);
  saving.set(key, turn);
  try {
    return await turn;
  } finally {
    if (saving.get(key) === turn) saving.delete(key);
  }
}

/**
 * Stores a snapshot as a folder `step-000000100` of `data.json`, `tensors.safetensors` and `manifest.json` (sizes and
 * SHA-256 of both), and returns its path.
 *
 * It is atomic, whenever the process is killed: everything is written and synced under a temporary name, renamed into
 * place, and only then `latest.json` is replaced, which names the newest checkpoints. Until that moment the older
 * checkpoints are untouched; a failed save leaves them as they were. Older checkpoints and remains of killed saves are
 * deleted afterwards, and by the next save. Only one process may save into a folder; calls of one process take turns.
 *
 * @throws when the snapshot's data is not exact as JSON (NaN, infinity, undefined..., naming the path), an option makes
 * no sense, or the disk refuses, naming the folder.
 */
export async function saveCheckpoint(folder: string, snapshot: Snapshot, { step, info = {}, keep = 2 }: SaveCheckpointOptions): Promise<string> {
  if (!Number.isSafeInteger(step) || step < 0) throw new Error(`saveCheckpoint: step must be a non-negative integer, got ${step}`);
  if (!Number.isInteger(keep) || keep < 1) throw new Error(`saveCheckpoint: keep must be a positive integer, got ${keep}`);
  const data = json({ step, info, data: snapshot.data });
  try {
    return await inTurn(folder, () => save(folder, snapshot, step, data, keep));
  } catch (error) {
    throw new Error(`saveCheckpoint: cannot write to ${folder}: ${(error as Error).message}; earlier checkpoints there are unharmed`, { cause: error });
  }
}

function json(value: unknown): string {
  try {
    return exactJson(value);
  } catch (error) {
    throw new Error(`saveCheckpoint: ${(error as Error).message}`);
  }
}
