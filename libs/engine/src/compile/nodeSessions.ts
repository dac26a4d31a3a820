import { nodeRuntime } from './nodeRuntime.js';
import { ortSession } from './ortSession.js';
import type { LoadedModel, OpenSession } from './runtime.js';
import { webgpuProvider } from './webgpuProvider.js';
import { createWorkerSession } from './workerSession.js';

/** Sessions of onnxruntime-node, in this thread or in the worker. What a GPU has no kernel for runs on the CPU. */
export function nodeSessions(model: LoadedModel, threads: number, worker: boolean): OpenSession {
  // Threads that wait by spinning take the processor from everyone else: on a busy machine they cost many times what they gain.
  // A product of a row with a factor, and a sum within a norm, are slower as one operator than as two.
  const extra = { session: { intra_op: { allow_spinning: '0' } }, optimization: { disable_specified_optimizers: 'MatMulScaleFusion;SkipLayerNormFusion' } };
  const common = { graphOptimizationLevel: 'all', executionMode: 'sequential', intraOpNumThreads: threads, interOpNumThreads: 1, logSeverityLevel: 3, extra } as const;
  return async (device) => {
    const options = device === 'cpu' ? common : { ...common, executionProviders: [device === 'webgpu' ? webgpuProvider : device] };
    return worker ? createWorkerSession(model, options, device) : ortSession(await nodeRuntime(), model, options, device);
  };
}
