import type { FileHandle } from 'node:fs/promises';
import { chunksOf, DATA, type FileFacts, isCheckpointName, type Manifest, MANIFEST, MANIFEST_FORMAT, TENSORS, VERSION } from './checkpointFiles.js';
import { importInNode } from './importInNode.js';
import { listCheckpoints } from './listCheckpoints.js';
import type { NdArray } from './ndarray.js';
import { arrayOf, parseSafetensorsHeader, safetensorsHeaderLength } from './safetensors.js';
import type { Json, Snapshot } from './snapshot.js';

/** What {@link loadCheckpoint} gives back. */
export interface Checkpoint {
  readonly snapshot: Snapshot;
  readonly step: number;
  readonly info: { readonly [key: string]: Json };
  /** The folder of this checkpoint. */
  readonly path: string;
}

type Payload = { readonly step: number; readonly info: Checkpoint['info']; readonly data: Snapshot['data'] };
type Fill = (target: Uint8Array) => Promise<Uint8Array>;

const loadFs = () => importInNode<typeof import('node:fs/promises')>('node:fs/promises');

async function readFully(file: FileHandle, target: Uint8Array): Promise<void> {
  for (let read = 0; read < target.length; ) {
    const { bytesRead } = await file.read(target, read, target.length - read);
    if (bytesRead === 0) throw new Error('it ends early');
    read += bytesRead;
  }
}

/** Lets `work` read a file from its beginning to its end, and checks size and checksum. */
async function readChecked<T>(path: string, name: string, facts: FileFacts | undefined, work: (fill: Fill, bytes: number) => Promise<T>): Promise<T> {
  if (facts === undefined) throw new Error(`${MANIFEST} does not name ${name}`);
  const { createHash } = await importInNode<typeof import('node:crypto')>('node:crypto');
  const hash = createHash('sha256');
  const file = await (await loadFs()).open(`${path}/${name}`, 'r');
  try {
    const { size } = await file.stat();
    if (size !== facts.bytes) throw new Error(`${name} has ${size} bytes instead of ${facts.bytes}`);
    const result = await work(async (target) => {
      for (const chunk of chunksOf(target)) {
        await readFully(file, chunk);
        hash.update(chunk);
      }
      return target;
    }, size);
    if (hash.digest('hex') !== facts.sha256) throw new Error(`the sha256 of ${name} differs`);
    return result;
  } finally {
    await file.close();
  }
}

async function readTensors(fill: Fill, bytes: number): Promise<Snapshot['arrays']> {
  const length = safetensorsHeaderLength(await fill(new Uint8Array(Math.min(8, bytes))), bytes);
  const { entries } = parseSafetensorsHeader(await fill(new Uint8Array(length)), bytes - 8 - length);
  const arrays: [string, NdArray][] = [];
  for (const entry of entries) arrays.push([entry.name, arrayOf(entry, await fill(new Uint8Array(entry.end - entry.begin)))]);
  return Object.fromEntries(arrays);
}

async function readText(fill: Fill, bytes: number): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await fill(new Uint8Array(bytes)));
}

async function readManifest(path: string): Promise<Manifest> {
  const manifest = JSON.parse(await (await loadFs()).readFile(`${path}/${MANIFEST}`, 'utf8')) as Manifest | null;
  if (manifest?.format !== MANIFEST_FORMAT || typeof manifest.files !== 'object') throw new Error(`${MANIFEST} is not that of a checkpoint`);
  return manifest;
}

async function read(path: string, damaged: (why: string) => Error): Promise<Checkpoint> {
  const asDamaged = (error: unknown): never => {
    throw damaged((error as Error).message);
  };
  const { version, files } = await readManifest(path).catch(asDamaged);
  if (version !== VERSION) {
    throw new Error(`loadCheckpoint: the checkpoint ${path} has the format version ${version}, this library reads version ${VERSION}: load it with the library that wrote it`);
  }
  const load = async (): Promise<Checkpoint> => {
    const { step, info, data } = JSON.parse(await readChecked(path, DATA, files[DATA], readText)) as Payload;
    const arrays = await readChecked(path, TENSORS, files[TENSORS], readTensors);
    return { snapshot: { arrays, data }, step, info, path };
  };
  return load().catch(asDamaged);
}

async function exists(path: string): Promise<boolean> {
  return (await loadFs()).access(path).then(
    () => true,
    () => false,
  );
}

async function nothingIn(folder: string): Promise<Error> {
  const present = await (await loadFs()).readdir(folder).catch((): string[] => []);
  const there = present.filter(isCheckpointName).sort();
  const remedy = there.length > 0 ? `latest.json names none of ${there.join(', ')}; load one by its own path` : 'save one first, or start without';
  return new Error(`loadCheckpoint: no checkpoint in ${folder}: ${remedy}`);
}

/**
 * The newest checkpoint that {@link saveCheckpoint} finished in a folder, or the one whose own folder is given, with
 * sizes and checksums verified. Where the newest was deleted, the one before it.
 *
 * @throws when there is none, or it is damaged, truncated or of another format version: the message names the file and
 * what to do, such as which older checkpoint to resume from.
 */
export async function loadCheckpoint(folder: string): Promise<Checkpoint> {
  const { basename, resolve } = await importInNode<typeof import('node:path')>('node:path');
  const single = isCheckpointName(basename(resolve(folder))) || (await exists(`${folder}/${MANIFEST}`));
  const paths = single && (await exists(folder)) ? [folder] : await listCheckpoints(folder);
  if (paths.length === 0) throw await nothingIn(folder);
  const [newest, older] = paths;
  const remedy = older === undefined ? 'delete that folder and start anew' : `delete that folder and load again to resume from ${older}`;
  return read(newest, (why) => new Error(`loadCheckpoint: the checkpoint ${newest} is damaged (${why}): ${remedy}`));
}
