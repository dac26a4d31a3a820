import { type CompileOptions, setOnnxWasmPaths, tf } from '@rivulet/engine';
import { type TenUpdates, tenUpdates } from './tenUpdates.mjs';

/** What the page reports. */
export interface PageReport extends TenUpdates {
  /** The second derivative of tanh at 0.5, eagerly: the gradients of TensorFlow.js are repaired, though the page imports by name only. */
  readonly curvature: number;
}

export interface PageOptions extends Pick<CompileOptions, 'device' | 'thread'> {
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
  if (wasmPaths !== undefined) setOnnxWasmPaths(wasmPaths);
  await tf.setBackend('cpu');
  const curvature = tf.grad((x) => tf.grad((y) => y.tanh())(x))(tf.scalar(0.5));
  return { ...(await (asked === true ? inWorker : tenUpdates)(options)), curvature: curvature.dataSync()[0] };
}

Object.assign(globalThis, { run });
