import type { Device } from './chosenDevice.js';
import { inNode } from './inNode.js';
import type { BufferSpec } from './layout.js';
import { nodeSessions } from './nodeSessions.js';
import type { BufferArray } from './packed.js';
import { webSessions } from './webSessions.js';
import { withFallback } from './withFallback.js';

/** Named buffers that go into a model or come out of it. */
export type Feeds = { readonly [name: string]: { readonly spec: BufferSpec; readonly data: BufferArray } };

export interface SessionOptions {
  /** What is fed at every run, beside what the run gets. */
  readonly captured?: Feeds;
  /** Threads that one operator may use. */
  readonly threads: number;
  /** Run in a worker thread. */
  readonly worker: boolean;
  /** What to compute on; the CPU by default. */
  readonly device?: Device;
  /** Gets the end of a sentence, 'on ..., because ...', when the CPU takes the place of another device, or the page's thread that of the worker. */
  readonly warn?: (how: string) => void;
}

/** A model that is ready to run. */
export interface Session {
  /** What it computes on. */
  readonly device: Device;
  run(feeds: Feeds): Promise<{ readonly [name: string]: BufferArray }>;
  dispose(): Promise<void>;
}

/** A model, and what every run is fed. */
export interface LoadedModel {
  readonly model: Uint8Array;
  readonly captured: Feeds;
}

/** Loads one model on a device. */
export type OpenSession = (device: Device) => Promise<Session>;

/**
 * Loads a model: with onnxruntime-node in Node, with onnxruntime-web elsewhere.
 * @param model undefined when there is nothing to compute.
 * @throws when ONNX Runtime cannot be loaded here, or refuses the model.
 */
export async function createSession(model: Uint8Array | undefined, { captured = {}, threads, worker, device = 'cpu', warn = () => undefined }: SessionOptions): Promise<Session> {
  if (model === undefined) return { device, run: () => Promise.resolve({}), dispose: () => Promise.resolve() };
  if (worker && !inNode) warn("on the thread that calls it, because thread: 'worker' is for Node only");
  const open = inNode ? nodeSessions({ model, captured }, threads, worker) : webSessions({ model, captured });
  return device === 'cpu' ? open('cpu') : withFallback(open, device, warn);
}
