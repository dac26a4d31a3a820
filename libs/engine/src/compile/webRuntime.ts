import type { Ort } from './ortSession.js';
import { onnxWasmPaths } from './setOnnxWasmPaths.js';

/** The builds of onnxruntime-web; each comes with a WebAssembly module of its own. */
export type WebRuntime = 'wasm' | 'webgpu';

const loading: { [name in WebRuntime]?: Promise<Ort> } = {};

/** The package is an optional peer. */
async function load(name: WebRuntime): Promise<Ort> {
  let module: Ort & { readonly default?: Ort };
  try {
    module = name === 'wasm' ? await import('onnxruntime-web/wasm') : await import('onnxruntime-web/webgpu');
  } catch (error) {
    throw new Error(`onnxruntime-web, which runs compiled functions in a browser, could not be loaded; is it installed? (${(error as Error).message})`, { cause: error });
  }
  const ort = module.default ?? module;
  ort.env.wasm.numThreads = 1;
  const paths = onnxWasmPaths();
  if (paths !== undefined) ort.env.wasm.wasmPaths = paths;
  return ort;
}

/**
 * ONNX Runtime for browsers, loaded when it is first needed.
 * @throws when onnxruntime-web is not installed.
 */
export const webRuntime = (name: WebRuntime): Promise<Ort> => (loading[name] ??= load(name));
