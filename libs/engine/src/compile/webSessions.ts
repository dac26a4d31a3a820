import type { Device } from './chosenDevice.js';
import { ortSession } from './ortSession.js';
import type { LoadedModel, OpenSession } from './runtime.js';
import { webgpuProvider } from './webgpuProvider.js';
import { type WebRuntime, webRuntime } from './webRuntime.js';

interface Gpu {
  requestAdapter(): Promise<unknown>;
}

async function requireGpu(): Promise<void> {
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: Gpu } };
  if (navigator?.gpu === undefined) throw new Error('there is no navigator.gpu here');
  if (((await navigator.gpu.requestAdapter()) ?? undefined) === undefined) throw new Error('navigator.gpu has no adapter');
}

let last: Promise<unknown> = Promise.resolve();

/** One after the other: the WebAssembly module of WebGPU can be in the middle of one call only. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = last.then(work);
  last = turn.catch(() => undefined);
  return turn;
}

const runtimes: { readonly [device in Device]?: WebRuntime } = { cpu: 'wasm', webgpu: 'webgpu' };

/** Sessions of onnxruntime-web: WebAssembly on one thread, or WebGPU. */
export function webSessions(model: LoadedModel): OpenSession {
  return async (device) => {
    const runtime = runtimes[device];
    if (runtime === undefined) throw new Error('it is for Node only');
    if (runtime === 'webgpu') await requireGpu();
    const ort = await webRuntime(runtime);
    const options = { graphOptimizationLevel: 'all', executionMode: 'sequential', logSeverityLevel: 3, executionProviders: [runtime === 'webgpu' ? webgpuProvider : runtime] } as const;
    const session = await inTurn(() => ortSession(ort, model, options, device));
    return { device, run: (feeds) => inTurn(() => session.run(feeds)), dispose: () => inTurn(() => session.dispose()) };
  };
}
