import { importInNode } from '../importInNode.js';
import { repairGradients } from '../repairGradients.js';
import { tf } from '../tf.js';
import { repairWasmKernels } from './wasmKernels.js';

/** The ways to compute, fastest first. */
export const backendNames = ['tfjs-node-gpu', 'tfjs-node', 'webgpu', 'wasm', 'cpu'] as const;

/** The name of a backend: a package that binds TensorFlow, or a backend of TensorFlow.js. */
export type BackendName = (typeof backendNames)[number];

interface Host {
  readonly process?: { readonly versions?: { readonly node?: string }; readonly env: { [name: string]: string | undefined } };
  readonly navigator?: { readonly gpu?: unknown };
}

/** The globals that may be there or not: this runs in Node and in browsers. */
export const host = globalThis as unknown as Host;

async function activate(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not start '${name}'`);
}

/** Imports a package that may not be installed. The name is no literal, so that neither the compiler nor a bundler insists on it. */
async function importOptional(name: string): Promise<void> {
  await import(/* @vite-ignore */ name);
}

/** TensorFlow.js 4.22 calls a function that Node 23 removed. */
async function restoreNodeUtil(): Promise<void> {
  const { default: util } = await importInNode<{ default: { isNullOrUndefined?: (value: unknown) => boolean } }>('node:util');
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
}

async function loadNative(name: 'tfjs-node' | 'tfjs-node-gpu'): Promise<string> {
  if (host.process?.versions?.node === undefined) throw new Error('only in Node');
  host.process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  await restoreNodeUtil();
  if (tf.findBackend('tensorflow') !== null) tf.removeBackend('tensorflow');
  await importOptional(`@tensorflow/${name}`);
  await activate('tensorflow');
  if (name === 'tfjs-node') return 'native TensorFlow';
  if (!(tf.backend() as unknown as { isUsingGpuDevice: boolean }).isUsingGpuDevice) throw new Error('found no CUDA device');
  return 'native TensorFlow on a CUDA device';
}

async function loadWebgpu(): Promise<string> {
  if (host.navigator?.gpu === undefined) throw new Error('no navigator.gpu here');
  await import('@tensorflow/tfjs-backend-webgpu');
  await activate('webgpu');
  return 'the GPU through WebGPU';
}

/** The module runs in Node with handlers that would end the process on any error that nobody caught: they are taken off again. */
async function loadWasm(): Promise<string> {
  const { process } = globalThis;
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(process?.listeners?.(event as 'uncaughtException') ?? []));
  await import('@tensorflow/tfjs-backend-wasm');
  await activate('wasm');
  events.forEach((event, i) => {
    for (const listener of process?.listeners?.(event as 'uncaughtException') ?? []) if (!before[i].has(listener)) process.removeListener(event, listener);
  });
  repairWasmKernels();
  return 'WebAssembly';
}

const loaders: { readonly [name in BackendName]: () => Promise<string> } = {
  'tfjs-node-gpu': () => loadNative('tfjs-node-gpu'),
  'tfjs-node': () => loadNative('tfjs-node'),
  webgpu: loadWebgpu,
  wasm: loadWasm,
  cpu: async () => {
    await activate('cpu');
    return 'plain JavaScript';
  },
};

function shortReason(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return 'not installed';
  if (message?.includes('native addon module') === true) return 'installed without its native addon';
  return (message ?? String(error)).split('\n')[0].trim();
}

/**
 * Loads a backend and makes it the current one.
 * @returns what it computes with.
 * @throws the reason, in one line, when it cannot be loaded.
 */
export async function loadBackend(name: BackendName): Promise<string> {
  try {
    return await loaders[name]();
  } catch (error) {
    throw new Error(shortReason(error), { cause: error });
  } finally {
    // A package that brings its own copy of TensorFlow.js registers the original gradients again.
    repairGradients();
  }
}
