import type { BufferSpec } from './layout.js';
import type { BufferArray } from './packed.js';
import { createWorkerSession } from './workerSession.js';

/** Named buffers that go into a model or come out of it. */
export type Feeds = { readonly [name: string]: { readonly spec: BufferSpec; readonly data: BufferArray } };

export interface SessionOptions {
  /** Threads that one operator may use. */
  readonly threads: number;
  /** Run in a worker thread. */
  readonly worker: boolean;
}

/** A model that is ready to run. */
export interface Session {
  run(feeds: Feeds): Promise<{ readonly [name: string]: BufferArray }>;
  dispose(): Promise<void>;
}

type Ort = typeof import('onnxruntime-node');

let loading: Promise<Ort> | undefined;

/** ONNX Runtime, loaded when the first function is compiled. */
async function load(): Promise<Ort> {
  const module = (await import('onnxruntime-node')) as Ort & { readonly default?: Ort };
  return module.default ?? module;
}

const nothing: Session = { run: () => Promise.resolve({}), dispose: () => Promise.resolve() };

/**
 * Loads a model.
 * @param model undefined when there is nothing to compute.
 * @throws when ONNX Runtime cannot be loaded here, or refuses the model.
 */
export async function createSession(model: Uint8Array | undefined, { threads, worker }: SessionOptions): Promise<Session> {
  if (model === undefined) return nothing;
  // Threads that wait by spinning take the processor from everyone else: on a busy machine they cost many times what they gain.
  const extra = { session: { intra_op: { allow_spinning: '0' } } };
  const options = { graphOptimizationLevel: 'all', executionMode: 'sequential', intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3, extra } as const;
  return worker ? createWorkerSession(model, options) : createMainSession(model, options);
}

async function createMainSession(model: Uint8Array, options: object): Promise<Session> {
  const ort = await (loading ??= load());
  const session = await ort.InferenceSession.create(model, options);
  return {
    async run(feeds) {
      const tensors = Object.fromEntries(Object.entries(feeds).map(([name, { spec, data }]) => [name, new ort.Tensor(spec.dtype as 'float32', unshared(data) as Float32Array, spec.shape)]));
      const results = await session.run(tensors);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, tensor.data as BufferArray]));
    },
    dispose: () => session.release(),
  };
}

/** ONNX Runtime takes no shared memory, in which results of the worker lie. */
const unshared = (data: BufferArray): BufferArray => (data.buffer instanceof ArrayBuffer ? data : data.slice());
