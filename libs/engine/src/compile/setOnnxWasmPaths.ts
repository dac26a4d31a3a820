/** Where the files of onnxruntime-web lie: a folder (its address ends in '/'), or each file by itself. */
export type OnnxWasmPaths = string | { readonly mjs?: string; readonly wasm?: string };

let paths: OnnxWasmPaths | undefined;

/**
 * Says from where compiled functions load WebAssembly in a browser: the files `ort-wasm-simd-threaded.*` of onnxruntime-web/dist, of the same version. By default they are looked for where the
 * bundler put them, which works with those that understand `new URL('file', import.meta.url)`. To be called before the first compiled function runs; in Node it does nothing.
 *
 *     setOnnxWasmPaths('/assets/onnx/');
 *     setOnnxWasmPaths({ wasm: new URL('./ort.wasm', import.meta.url).href });
 */
export function setOnnxWasmPaths(from: OnnxWasmPaths): void {
  paths = from;
}

/** What was set last. */
export const onnxWasmPaths = (): OnnxWasmPaths | undefined => paths;
