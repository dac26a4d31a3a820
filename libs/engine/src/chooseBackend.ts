import { backendNames, host, loadBackend } from './backends/loadBackend.js';
import type { BackendName } from './backends/loadBackend.js';
import { tf } from './tf.js';

export interface ChooseBackendOptions {
  /** A backend by name, or 'auto' for the first that works; by default the environment variable RIVULET_BACKEND, and without it 'auto'. */
  readonly backend?: BackendName | 'auto';
  /** Gets one line that says which backend was chosen and why. */
  readonly log?: (line: string) => void;
}

/** A backend that could not be used. */
export interface TriedBackend {
  readonly name: BackendName;
  readonly why: string;
}

/** The backend in use. */
export interface BackendChoice {
  readonly name: BackendName;
  /** What it computes with, and who asked for it. */
  readonly reason: string;
  /** The faster ones that could not be used. */
  readonly tried: readonly TriedBackend[];
}

interface Request {
  readonly name: BackendName | 'auto';
  readonly from: string;
}

function requested(option: string | undefined): Request {
  const fromEnvironment = host.process?.env.RIVULET_BACKEND;
  const from = option !== undefined ? "the option 'backend'" : fromEnvironment ? 'RIVULET_BACKEND' : 'default';
  const name = option ?? (fromEnvironment || 'auto');
  const names: readonly string[] = ['auto', ...backendNames];
  if (!names.includes(name)) throw new Error(`chooseBackend: no backend is named '${name}' (from ${from}); the names are ${names.join(', ')}`);
  return { name: name as BackendName | 'auto', from };
}

async function loadRequested(name: BackendName, from: string): Promise<BackendChoice> {
  const previous = tf.getBackend() || 'cpu';
  try {
    return { name, reason: `${await loadBackend(name)}, asked for by ${from}`, tried: [] };
  } catch (error) {
    await tf.setBackend(previous);
    throw new Error(`chooseBackend: '${name}' was asked for by ${from}, but cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

async function loadFirst(): Promise<BackendChoice> {
  const tried: TriedBackend[] = [];
  for (const name of backendNames) {
    try {
      return { name, reason: `${await loadBackend(name)}, the fastest that works here`, tried };
    } catch (error) {
      tried.push({ name, why: (error as Error).message });
    }
  }
  throw new Error(`chooseBackend: no backend works: ${describe(tried)}`);
}

function describe(tried: readonly TriedBackend[]): string {
  return tried.map(({ name, why }) => `${name}: ${why}`).join('; ');
}

/**
 * Loads a tensor backend and makes it current: @tensorflow/tfjs-node-gpu, @tensorflow/tfjs-node, WebGPU, WebAssembly, plain JavaScript, the first that works, or the one
 * that was asked for. WebGL is never used: in Node it computes wrong numbers.
 *
 * Tensors that live on another backend move when they are next used, except from WebGPU, which cannot be read synchronously.
 *
 * @throws when the name is unknown, or when the backend that was asked for cannot be used: no other takes its place.
 */
export async function chooseBackend({ backend, log }: ChooseBackendOptions = {}): Promise<BackendChoice> {
  const { name, from } = requested(backend);
  const choice = name === 'auto' ? await loadFirst() : await loadRequested(name, from);
  log?.(`Backend ${choice.name}: ${choice.reason}${choice.tried.length === 0 ? '' : ` (${describe(choice.tried)})`}`);
  return choice;
}
