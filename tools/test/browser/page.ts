import * as algorithms from '@rivulet/algorithms';
import * as engine from '@rivulet/engine';
import * as losses from '@rivulet/losses';
import * as networks from '@rivulet/networks';
import * as regularizers from '@rivulet/regularizers';
import * as returns from '@rivulet/returns';
import { type TenUpdates, tenUpdates } from './tenUpdates.mjs';

/** What the page reports. */
export interface PageReport extends TenUpdates {
  /** How many things each package exports: all of it is in the bundle. */
  readonly exports: readonly number[];
}

export interface PageOptions extends Pick<engine.CompileOptions, 'device' | 'thread'> {
  readonly wasmPaths?: string;
  /** In a Worker of the page's own. */
  readonly inWorker?: boolean;
}

function inWorker(options: PageOptions): Promise<TenUpdates> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data as TenUpdates);
    worker.onerror = ({ message }) => reject(new Error(message));
    worker.postMessage(options);
  });
}

/** Runs ten updates. */
async function run({ wasmPaths, inWorker: asked, ...options }: PageOptions): Promise<PageReport> {
  if (wasmPaths !== undefined) engine.setOnnxWasmPaths(wasmPaths);
  return { ...(await (asked === true ? inWorker : tenUpdates)(options)), exports: [algorithms, engine, losses, networks, regularizers, returns].map((each) => Object.keys(each).length) };
}

Object.assign(globalThis, { run });
