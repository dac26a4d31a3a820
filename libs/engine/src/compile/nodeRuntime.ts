import { importInNode } from '../importInNode.js';
import type { Ort } from './ortSession.js';

let loading: Promise<Ort> | undefined;

async function load(): Promise<Ort> {
  const module = await importInNode<Ort & { readonly default?: Ort }>('onnxruntime-node');
  return module.default ?? module;
}

/** ONNX Runtime for Node, loaded when it is first needed. */
export const nodeRuntime = (): Promise<Ort> => (loading ??= load());
