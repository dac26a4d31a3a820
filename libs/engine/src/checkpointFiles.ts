import { bytesOf, type Safetensors, safetensorsHead } from './safetensors.js';

/** The newest finished checkpoints of a folder, newest first. */
export const POINTER = 'latest.json';
export const POINTER_FORMAT = 'rivulet-checkpoints';
/** Names the other files of a checkpoint with their sizes and checksums. */
export const MANIFEST = 'manifest.json';
export const MANIFEST_FORMAT = 'rivulet-checkpoint';
export const DATA = 'data.json';
export const TENSORS = 'tensors.safetensors';
export const VERSION = 1;
/** Starts the names of what is not finished. */
export const TEMPORARY = '.tmp-';
/** Small enough that hashing and writing take turns with the rest of the program. */
const CHUNK_BYTES = 2 ** 24;

export interface FileFacts {
  readonly bytes: number;
  readonly sha256: string;
}

export type Manifest = { readonly format: string; readonly version: number; readonly step: number; readonly files: { readonly [name: string]: FileFacts } };

/** Is it the name of a checkpoint's folder, `step-000000100` or, saved again, `step-000000100-2`? */
export function isCheckpointName(name: string): boolean {
  return /^step-\d+(-\d+)?$/.test(name);
}

/** A view of each part of so many bytes at most. */
export function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES) yield bytes.subarray(offset, offset + CHUNK_BYTES);
}

/** The bytes of a safetensors file, in parts, without a second copy of the arrays. */
export function* safetensorsChunks(arrays: Safetensors['arrays']): Generator<Uint8Array> {
  const { head, names } = safetensorsHead(arrays);
  yield head;
  for (const name of names) yield* chunksOf(bytesOf(arrays[name].data));
}

/** The names of the finished checkpoints that the pointer lists, newest first; undefined when there is no pointer. */
export function parsePointer(text: string): readonly string[] {
  const pointer = JSON.parse(text) as { format?: unknown; version?: unknown; checkpoints?: unknown } | null;
  if (pointer?.format !== POINTER_FORMAT) throw new Error(`its format is not ${POINTER_FORMAT}`);
  if (pointer.version !== VERSION) throw new Error(`it has the format version ${String(pointer.version)}, this library reads version ${VERSION}`);
  const names = pointer.checkpoints;
  if (!Array.isArray(names) || !names.every((name): name is string => typeof name === 'string' && isCheckpointName(name))) throw new Error('it does not list checkpoints');
  return names;
}
