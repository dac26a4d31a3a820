import type { Worker } from 'node:worker_threads';
import { importInNode } from '../importInNode.js';
import type { Device } from './chosenDevice.js';
import type { Feeds, LoadedModel, Session } from './runtime.js';
import { type Answer, type Request, workerMain } from './workerMain.js';

type Ask = Request extends infer R ? (R extends Request ? Omit<R, 'id'> : never) : never;

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that runs models. It keeps the process alive only while it has something to do. */
class Thread {
  readonly #worker: Worker;
  readonly #pending = new Map<number, Pending>();
  #next = 0;

  constructor(worker: Worker, onEnd: () => void) {
    this.#worker = worker;
    worker.unref();
    worker.on('message', (answer: Answer) => this.#settle(answer));
    worker.on('error', (error: Error) => this.#fail(error));
    worker.on('exit', (code) => {
      onEnd();
      this.#fail(new Error(`compile: the worker ended with code ${code}`));
    });
  }

  ask(request: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      if (this.#pending.size === 0) this.#worker.ref();
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ ...request, id });
    });
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id);
    this.#pending.delete(answer.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if (answer.error === undefined) pending?.resolve(answer);
    else pending?.reject(new Error(answer.error));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

let thread: Promise<Thread> | undefined;
let sessions = 0;

async function start(): Promise<Thread> {
  const [{ Worker }, { createRequire }] = await Promise.all([importInNode<typeof import('node:worker_threads')>('node:worker_threads'), importInNode<typeof import('node:module')>('node:module')]);
  const runtime = createRequire(import.meta.url).resolve('onnxruntime-node');
  const worker = new Worker(`(${workerMain.toString()})(require)`, { eval: true, workerData: { runtime } });
  return new Thread(worker, () => (thread = undefined));
}

/**
 * Loads a model into the worker thread, which all compiled functions share.
 * @throws when ONNX Runtime cannot be loaded there, or refuses the model.
 */
export async function createWorkerSession({ model, captured }: LoadedModel, options: object, device: Device): Promise<Session> {
  const host = await (thread ??= start());
  const session = sessions++;
  await host.ask({ kind: 'load', session, model, captured, options });
  return {
    device,
    run: async (feeds: Feeds) => (await host.ask({ kind: 'run', session, feeds })).results ?? {},
    dispose: async () => {
      await host.ask({ kind: 'dispose', session });
    },
  };
}
