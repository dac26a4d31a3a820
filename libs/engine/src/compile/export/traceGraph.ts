import { tf } from '../../tf.js';
import { type ElementType, Graph } from '../graph.js';
import { tracingBackend } from '../kernels/index.js';
import type { NamedValue } from '../onnx/emit.js';
import { Untraceable } from '../untraceable.js';

/** A tensor that goes into a traced function. */
export interface TracedInput {
  readonly name: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
}

/** What a function of named tensors does, as a graph. */
export interface TracedGraph {
  readonly graph: Graph;
  readonly outputs: readonly NamedValue[];
}

/** A function of tensors by name, with tensors by name as its result. */
export type NamedFunction = (inputs: { [name: string]: tf.Tensor }) => unknown;

function resultTensors(result: unknown): [string, tf.Tensor][] {
  const wrong = (what: string): never => {
    throw new Error(`exportOnnx: the function must return a record of tensors, such as { action }, but ${what}`);
  };
  if (typeof result !== 'object' || result === null || result instanceof tf.Tensor || Array.isArray(result)) return wrong('it returned something else');
  const entries = Object.entries(result as { readonly [name: string]: unknown });
  if (entries.length === 0) wrong('its result is empty');
  return entries.map(([name, tensor]) => (tensor instanceof tf.Tensor ? [name, tensor] : wrong(`'${name}' is no tensor`)));
}

/**
 * Records what a function does with inputs of the given shapes. Tensors that it reaches by closure become constants.
 * @throws what the function throws, and for what has no form in ONNX, naming it.
 */
export function traceGraph(fn: NamedFunction, inputs: readonly TracedInput[]): TracedGraph {
  const backend = tracingBackend();
  const graph = new Graph();
  const outputs: NamedValue[] = [];
  const run = (): void => {
    const given = inputs.map(({ name, dtype, shape }) => [name, tf.engine().makeTensorFromTensorInfo(backend.infoOf(graph.input(name, dtype, shape)), backend)] as const);
    for (const [name, tensor] of resultTensors(fn(Object.fromEntries(given)))) outputs.push({ name, value: backend.graphValue(tensor) });
  };
  try {
    backend.record(graph, () => tf.tidy(run));
  } catch (error) {
    if (error instanceof Untraceable) throw new Error(`exportOnnx: ${error.message} has no form in an ONNX graph`, { cause: error });
    throw error;
  }
  return { graph, outputs };
}
