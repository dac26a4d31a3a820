import type { TransferListItem } from 'node:worker_threads';
import type { BufferSpec } from './layout.js';
import type { BufferArray } from './packed.js';

type WorkerFeeds = { readonly [name: string]: { readonly spec: BufferSpec; readonly data: BufferArray } };

/** What the main thread asks of the worker. */
export type Request =
  | { readonly kind: 'load'; readonly id: number; readonly session: number; readonly model: Uint8Array; readonly captured: WorkerFeeds; readonly options: object }
  | { readonly kind: 'run'; readonly id: number; readonly session: number; readonly feeds: WorkerFeeds }
  | { readonly kind: 'dispose'; readonly id: number; readonly session: number };

/** What the worker answers. */
export type Answer = { readonly id: number; readonly results?: { readonly [name: string]: BufferArray }; readonly error?: string };

interface Threads {
  readonly parentPort: { on(event: 'message', listener: (request: Request) => void): void; postMessage(answer: Answer, transfer?: readonly TransferListItem[]): void };
  readonly workerData: { readonly runtime: string };
}

/**
 * What runs in the worker, which is started from the text of this function: it must use nothing from outside. ONNX Runtime takes no shared memory, so that feeds
 * and results are copied here, off the main thread.
 */
export function workerMain(require: (name: string) => unknown): void {
  const { parentPort, workerData } = require('node:worker_threads') as Threads;
  const ort = require(workerData.runtime) as typeof import('onnxruntime-node');
  type Tensors = { [name: string]: import('onnxruntime-node').Tensor };
  const sessions = new Map<number, { readonly session: import('onnxruntime-node').InferenceSession; readonly always: Tensors }>();

  const isShared = (data: BufferArray): boolean => !(data.buffer instanceof ArrayBuffer);
  const shared = (data: BufferArray): BufferArray => {
    const constructor = data.constructor as new (buffer: SharedArrayBuffer) => BufferArray;
    const copy = new constructor(new SharedArrayBuffer(data.byteLength));
    copy.set(data);
    return copy;
  };

  const tensorsOf = (feeds: WorkerFeeds): Tensors => {
    const tensors: Tensors = {};
    for (const [name, { spec, data }] of Object.entries(feeds)) tensors[name] = new ort.Tensor(spec.dtype as 'float32', (isShared(data) ? data.slice() : data) as Float32Array, spec.shape);
    return tensors;
  };

  const handle = async (request: Request): Promise<Answer> => {
    const { id } = request;
    if (request.kind === 'load') {
      sessions.set(request.session, { session: await ort.InferenceSession.create(request.model, request.options), always: tensorsOf(request.captured) });
      return { id };
    }
    const loaded = sessions.get(request.session);
    if (loaded === undefined) return { id, error: 'the model was disposed' };
    if (request.kind === 'dispose') {
      sessions.delete(request.session);
      await loaded.session.release();
      return { id };
    }
    const results: { [name: string]: BufferArray } = {};
    for (const [name, tensor] of Object.entries(await loaded.session.run({ ...loaded.always, ...tensorsOf(request.feeds) }))) results[name] = shared(tensor.data as BufferArray);
    return { id, results };
  };

  parentPort.on('message', (request) => {
    handle(request).then(
      (answer) => parentPort.postMessage(answer),
      (error: unknown) => parentPort.postMessage({ id: request.id, error: (error as Error).message }),
    );
  });
}
