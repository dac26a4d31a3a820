import type { tf } from '../tf.js';
import { joinTraces, type JoinedGraph, type OpenAxis, type Size, TracesDiffer } from './export/joinTraces.js';
import { type NamedFunction, traceGraph, type TracedGraph } from './export/traceGraph.js';
import type { Value } from './graph.js';
import { emit } from './onnx/emit.js';
import { OPSET } from './onnx/records.js';

/** A tensor that an exported model is given. */
export interface OnnxInput {
  /** Sizes by number; a name, as 'N', stands for an axis of any size. */
  readonly shape: readonly (number | string)[];
  /** Default: float32. */
  readonly dtype?: 'float32' | 'int32' | 'bool';
}

export interface ExportOnnxOptions<I extends { readonly [name: string]: OnnxInput }> {
  /** The inputs of the model by name, in their order. */
  readonly inputs: I;
  /** The name of the graph; 'model' by default. */
  readonly name?: string;
  /** What the model is, for those who open the file; a line on inputs, outputs and opset is added. */
  readonly doc?: string;
  /** Further notes, by key. */
  readonly metadata?: { readonly [key: string]: string };
}

/** Sizes that stand for open axes while a function is traced: unlike those of any usual layer, with a different ratio each. */
const TRIALS: readonly (readonly [number, number])[] = [
  [61, 67],
  [71, 83],
  [97, 101],
  [103, 127],
];

interface Spec {
  readonly name: string;
  readonly dtype: 'float32' | 'int32' | 'bool';
  readonly shape: readonly (number | string)[];
}

function checkName(name: string, what: string): void {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`exportOnnx: the ${what} '${name}' needs a name of letters, digits and underscores`);
  if (/^v\d+(_shape)?$/.test(name)) throw new Error(`exportOnnx: the ${what} cannot be called '${name}', which is how values inside the model are called`);
}

function specsOf(inputs: { readonly [name: string]: OnnxInput }): Spec[] {
  return Object.entries(inputs).map(([name, { shape, dtype = 'float32' }]) => {
    checkName(name, 'input');
    if (!Array.isArray(shape)) throw new Error(`exportOnnx: the input '${name}' has no shape; a random stream cannot be an input: draw noise outside and hand it in as a tensor`);
    const wrong = shape.find((size: number | string) => (typeof size === 'number' ? !(Number.isInteger(size) && size >= 1) : size === ''));
    if (wrong !== undefined) throw new Error(`exportOnnx: the shape of '${name}' holds '${wrong}'; it must hold whole numbers of at least 1, and names`);
    if (!['float32', 'int32', 'bool'].includes(dtype)) throw new Error(`exportOnnx: the input '${name}' is ${String(dtype)}; it must be float32, int32 or bool`);
    return { name, dtype, shape: shape as (number | string)[] };
  });
}

function openAxes(specs: readonly Spec[]): OpenAxis[] {
  const symbols = [...new Set(specs.flatMap(({ shape }) => shape.filter((size) => typeof size === 'string')))];
  if (symbols.length > TRIALS.length) throw new Error(`exportOnnx: ${symbols.length} axes of any size (${symbols.join(', ')}) are more than ${TRIALS.length}; give numbers for some`);
  return symbols.map((symbol, i) => ({ symbol, trials: TRIALS[i] }));
}

/** The graph of a function for all sizes of its open axes; traced twice at the same sizes first, which shows whether it is a function of its inputs alone. */
function graphOf(fn: NamedFunction, specs: readonly Spec[], axes: readonly OpenAxis[]): JoinedGraph {
  const trace = (trial: 0 | 1): TracedGraph => {
    const sizeOf = (size: number | string): number => (typeof size === 'number' ? size : axes.find(({ symbol }) => symbol === size)!.trials[trial]);
    return traceGraph(fn, specs.map(({ name, dtype, shape }) => ({ name, dtype, shape: shape.map(sizeOf) })));
  };
  const attempt = (first: TracedGraph, second: TracedGraph, fault: string): JoinedGraph => {
    try {
      return joinTraces(first, second, axes);
    } catch (error) {
      if (error instanceof TracesDiffer) throw new Error(`exportOnnx: ${fault} (${error.message})`, { cause: error });
      throw error;
    }
  };
  const first = trace(0);
  const same = attempt(first, trace(0), 'the function does something else each time it runs: it draws random numbers or keeps a state. An exported model is deterministic: use the mode of a distribution, or make noise an input');
  const names = axes.map(({ symbol }) => `'${symbol}'`).join(', ');
  return axes.length === 0 ? same : attempt(first, trace(1), `one graph cannot hold the function for every size of ${names}: give numbers instead`);
}

/** A size as the file declares it: 3, 'N', '4*N', 'N*T'. */
const declared = (size: Size): number | string => (typeof size === 'number' ? size : [...(size.factor === 1 ? [] : [size.factor]), ...size.symbols].join('*'));

interface Declared {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly (number | string)[];
}

const list = (tensors: readonly Declared[]): string => tensors.map(({ name, dtype, shape }) => `${name} ${dtype}[${shape.join(', ')}]`).join(', ');

function checkOutputs(specs: readonly Spec[], outputs: readonly Declared[]): void {
  for (const { name } of outputs) {
    checkName(name, 'output');
    if (specs.some((input) => input.name === name)) throw new Error(`exportOnnx: '${name}' is the name of an input and of an output; call one of them something else`);
  }
}

/**
 * Writes a pure function of tensors as a self-contained ONNX model, for any runtime that knows opset 18: operators of the standard set alone, named inputs and outputs, and all
 * tensors that the function reaches by closure (the weights) inside, in float32.
 *
 *     const bytes = exportOnnx(({ observation }) => ({ action: policy.apply(weights, observation).mode() }), { inputs: { observation: { shape: ['N', 4] } } });
 *
 * - The keys of the result are the names of the outputs.
 * - An axis that is given by name ('N') has any size of at least 1: the function is traced at two sizes, and what differs between the graphs is computed from the sizes of the inputs.
 *   The function must not choose by such a size what it does.
 * - Results equal those of the function up to rounding in float32.
 *
 * @throws when the function does something that has no form in ONNX (naming the kernel), when it draws random numbers, when its graph depends on the size of a named axis in another way than by
 * products of sizes, and for results that are not a record of tensors.
 */
export function exportOnnx<const I extends { readonly [name: string]: OnnxInput }>(
  fn: (inputs: { readonly [K in keyof I]: tf.Tensor }) => { readonly [name: string]: tf.Tensor },
  { inputs, name = 'model', doc, metadata = {} }: ExportOnnxOptions<I>,
): Uint8Array {
  const specs = specsOf(inputs);
  const { graph, outputs } = graphOf(fn as NamedFunction, specs, openAxes(specs));
  const results = outputs.map(({ name: output, value, shape }) => ({ name: output, dtype: value.dtype, shape: shape.map(declared), value }));
  checkOutputs(specs, results);
  const shapes = new Map<Value, readonly (number | string)[]>([...results.map(({ value, shape }) => [value, shape] as const), ...graph.inputs.map((input, i) => [input, specs[i].shape] as const)]);
  const signature = `${list(specs)} -> ${list(results)}; opset ${OPSET}, standard operators only.`;
  return emit(graph, graph.inputs, outputs, { name, shapeOf: (value) => shapes.get(value)!, doc: doc === undefined ? signature : `${doc}\n${signature}`, metadata }).bytes;
}
