import { sizeOf } from '../ndarray.js';
import { tf } from '../tf.js';
import type { Device } from './chosenDevice.js';
import { flattenArgument } from './flatten.js';
import { Graph, type LoopBody, type Value } from './graph.js';
import { tracingBackend } from './kernels/index.js';
import { build, type BufferSpec, type Layout } from './layout.js';
import { type Drawn, NoiseProgram, TracingRng } from './noise.js';
import { emit, type NamedValue } from './onnx/emit.js';
import { optimise } from './onnx/optimise.js';
import { cast, concat, gather, reshape, split } from './shaping.js';
import type { Feeds } from './runtime.js';
import type { TracingBackend } from './tracingBackend.js';

/** Where a buffer of a result comes from: an output of the model, or, where the function hands an argument or a captured tensor on, its own. */
export type ResultBuffer = { readonly output: string; readonly spec: BufferSpec } | { readonly argument: number; readonly buffer: number } | { readonly captured: string };

export interface ResultField {
  readonly name: string;
  readonly layout: Layout;
  readonly buffers: readonly ResultBuffer[];
}

/** A function as a model, and how to feed it and to read it. */
export interface Program {
  /** Undefined when nothing is computed: every result is an argument. */
  readonly model: Uint8Array | undefined;
  readonly operators: { readonly [op: string]: number };
  /** Buffers of arguments that the model reads: argument, buffer. */
  readonly inputs: readonly { readonly name: string; readonly argument: number; readonly buffer: number; readonly spec: BufferSpec }[];
  readonly noise: NoiseProgram;
  /** For each draw, its input. */
  readonly noiseInputs: readonly { readonly name: string; readonly spec: BufferSpec }[];
  /** What every run is fed: large tensors that the function reaches by closure. */
  readonly captured: Feeds;
  readonly fields: readonly ResultField[];
  /** Turns of the loop; 1 without one. */
  readonly turns: number;
}

type Fn = (...args: never[]) => unknown;

/**
 * Larger tensors from outside are not written into the model on the CPU: the models of this thread that a frozen network occurs in then share its memory, and none comes near the 2 GB that a model may have. (A GPU would get them anew with
 * every run.)
 */
const LARGEST_CONSTANT_OF_CPU = 2 ** 18;

/** A shader of WebGPU is sure to reach eight buffers: what is split, and its parts. */
const WIDEST_SPLIT_OF_WEBGPU = 7;

/** As `Graph.outside` names them. */
const capturedName = (index: number): string => `captured_${index}`;
const inputName = (argument: number, buffer: number): string => `argument_${argument}_${buffer}`;

class Tracer {
  readonly graph: Graph;
  readonly noise = new NoiseProgram();
  readonly #backend: TracingBackend;
  readonly #noiseInputs: Value[] = [];
  readonly #buffers = new Map<Value, { readonly argument: number; readonly buffer: number }>();
  readonly #turns: number;
  readonly #turn: Value | undefined;
  readonly #device: Device;

  /** @param turns of the loop, or undefined when the function is to be run once. */
  constructor(backend: TracingBackend, turns: number | undefined, device: Device) {
    this.graph = new Graph({ ...(device === 'webgpu' ? { widestSplit: WIDEST_SPLIT_OF_WEBGPU } : {}), ...(device === 'cpu' ? { largestConstant: LARGEST_CONSTANT_OF_CPU } : {}) });
    this.#backend = backend;
    this.#device = device;
    this.#turns = turns ?? 1;
    this.#turn = turns === undefined ? undefined : this.graph.input('turn', 'int64', [], true);
  }

  /** The buffers of an argument, as inputs of the graph. */
  bufferInputs(layout: Layout, argument: number): Value[] {
    return layout.buffers.map((spec, buffer) => {
      const whole = this.graph.input(inputName(argument, buffer), spec.dtype, spec.shape);
      this.#buffers.set(whole, { argument, buffer });
      return whole;
    });
  }

  /** The tensors of an argument: those that lie together are split. */
  leavesOf(layout: Layout, buffers: readonly Value[]): Value[] {
    const parts = buffers.map((whole, buffer) => {
      const inside = layout.leaves.filter((leaf) => leaf.buffer === buffer);
      return { inside, values: inside.length === 1 ? [whole] : split(this.graph, whole, inside.map(({ size }) => size), 0) };
    });
    return layout.leaves.map((leaf) => {
      const { inside, values } = parts[leaf.buffer];
      const value = reshape(this.graph, values[inside.indexOf(leaf)], leaf.shape);
      return value.dtype === 'uint8' ? cast(this.graph, value, 'int32') : value;
    });
  }

  /** The buffers of a tree of tensors: small ones together again. */
  buffersOf(layout: Layout, leaves: readonly Value[]): Value[] {
    return layout.buffers.map((_, buffer) => {
      const inside = layout.leaves.map((leaf, i) => ({ leaf, value: leaves[i] })).filter(({ leaf }) => leaf.buffer === buffer);
      return inside.length === 1 ? inside[0].value : concat(this.graph, inside.map(({ leaf, value }) => reshape(this.graph, value, [leaf.size])), 0);
    });
  }

  /** The part of a stacked tensor that belongs to the current turn. */
  atTurn(value: Value): Value {
    return gather(this.graph, value, this.#turn!, 0);
  }

  /** Repeats what was recorded. */
  loop(initial: readonly Value[], carried: LoopBody['carried'], stacked: readonly Value[]): readonly Value[] {
    return this.graph.loop(this.#turns, initial, { turn: this.#turn!, carried, stacked });
  }

  tensorOf(value: Value): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.#backend.infoOf(value), this.#backend);
  }

  valueOf(tensor: tf.Tensor): Value {
    return this.#backend.graphValue(tensor);
  }

  readonly drawn: Drawn = (draw, shape) => {
    const whole = this.#turn === undefined ? shape : [this.#turns, ...shape];
    const input = this.graph.input(`noise_${draw}`, 'float32', whole);
    this.#noiseInputs.push(input);
    return this.tensorOf(this.#turn === undefined ? input : this.atTurn(input));
  };

  /** An argument as the traced function sees it. */
  argument(layout: Layout, values: readonly Value[], streams: readonly TracingRng[]): unknown {
    return build(layout.skeleton, (leaf) => this.tensorOf(values[leaf]), (stream) => streams[stream]);
  }

  /** Where the buffers of a result come from. What is an argument's buffer, or captured, stays with the host. */
  resultBuffers(name: string, layout: Layout, buffers: readonly Value[], outputs: NamedValue[]): ResultBuffer[] {
    return buffers.map((value, buffer) => {
      const given = this.#buffers.get(value);
      if (given !== undefined) return given;
      const captured = this.graph.captured.findIndex((each) => each.value === value);
      if (captured >= 0) return { captured: capturedName(captured) };
      const output = `result_${name}_${buffer}`;
      outputs.push({ name: output, value });
      return { output, spec: layout.buffers[buffer] };
    });
  }

  finish(layouts: readonly Layout[], fields: readonly ResultField[], outputs: readonly NamedValue[]): Program {
    const bufferInputs = [...this.#buffers.keys()];
    const { captured } = this.graph;
    const emitted = outputs.length === 0 ? undefined : emit(this.graph, [...bufferInputs, ...this.#noiseInputs, ...captured.map(({ value }) => value)], optimise(this.graph, outputs, this.#device === 'cpu'));
    return {
      model: emitted?.bytes,
      operators: emitted?.operators ?? {},
      inputs: [...this.#buffers.values()].map(({ argument, buffer }) => ({ name: inputName(argument, buffer), argument, buffer, spec: layouts[argument].buffers[buffer] })),
      noise: this.noise,
      noiseInputs: this.#noiseInputs.map(({ shape }, i) => ({ name: `noise_${i}`, spec: { dtype: 'float32', shape, size: sizeOf(shape) } })),
      captured: Object.fromEntries(captured.map(({ value: { shape }, elements }, i) => [capturedName(i), { spec: { dtype: 'float32', shape, size: sizeOf(shape) }, data: elements as Float32Array }])),
      fields,
      turns: this.#turns,
    };
  }
}

/** A result of a traced function, taken apart. */
interface TracedField {
  readonly name: string;
  readonly layout: Layout;
  readonly values: readonly Value[];
}

/** @throws when the result is not a record of trees of tensors. */
export function resultFields(result: unknown): [string, unknown][] {
  if (typeof result !== 'object' || result === null || result instanceof tf.Tensor || Array.isArray(result)) {
    throw new Error('compile: the function must return a record of trees, such as { state, metrics }');
  }
  return Object.entries(result).filter(([, tree]) => tree !== undefined);
}

function traceCall(tracer: Tracer, fn: Fn, layouts: readonly Layout[], leaves: readonly (readonly Value[])[]): TracedField[] {
  const streams = layouts.map((layout) => countStreams(layout));
  const tracing = streams.map((count) => Array.from({ length: count }, () => new TracingRng(tracer.noise, tracer.drawn)));
  const args = layouts.map((layout, i) => tracer.argument(layout, leaves[i], tracing[i]));
  return resultFields(fn(...(args as never[]))).map(([name, tree]) => {
    const flat = flattenArgument(tree, name);
    if (flat.streams.length > 0) throw new Error(`compile: '${name}' of the result holds a random stream; only tensors can be returned`);
    return { name, layout: flat.layout, values: flat.leaves.map((leaf) => tracer.valueOf(leaf as tf.Tensor)) };
  });
}

function countStreams(layout: Layout): number {
  let count = 0;
  build(layout.skeleton, () => undefined, () => count++);
  return count;
}

/** Traces a function over arguments of the given layouts. */
export function traceProgram(fn: Fn, layouts: readonly Layout[], device: Device = 'cpu'): Program {
  const backend = tracingBackend();
  const tracer = new Tracer(backend, undefined, device);
  return backend.record(tracer.graph, () => {
    let program: Program | undefined;
    tf.tidy(() => {
      const leaves = layouts.map((layout, i) => tracer.leavesOf(layout, tracer.bufferInputs(layout, i)));
      const outputs: NamedValue[] = [];
      const fields = traceCall(tracer, fn, layouts, leaves).map(({ name, layout, values }) => ({ name, layout, buffers: tracer.resultBuffers(name, layout, tracer.buffersOf(layout, values), outputs) }));
      program = tracer.finish(layouts, fields, outputs);
    });
    return program!;
  });
}

/** A tree of the same form, whose leaves have a new first axis. */
function stackedLayout(layout: Layout, turns: number, name: string): Layout {
  const leaves = build(layout.skeleton, (leaf) => ({ data: new Uint8Array(0), dtype: layout.leaves[leaf].dtype, shape: [turns, ...layout.leaves[leaf].shape] }));
  return flattenArgument(leaves, name).layout;
}

/** The number of turns that a stacked argument is for. */
function turnsOf(layout: Layout): number {
  const sizes = layout.leaves.map(({ path, shape }) => {
    if (shape.length === 0) throw new Error(`compileScan: '${path}' of the second argument is a scalar; every tensor of it needs the turns as first axis`);
    return shape[0];
  });
  if (sizes.length === 0) throw new Error('compileScan: the second argument holds no tensor, so that the number of turns is unknown');
  const other = sizes.findIndex((size) => size !== sizes[0]);
  if (other > 0) throw new Error(`compileScan: '${layout.leaves[other].path}' has ${sizes[other]} turns, but '${layout.leaves[0].path}' has ${sizes[0]}`);
  return sizes[0];
}

/** The state after a turn must be one before it. */
function checkState(before: Layout, after: TracedField | undefined): TracedField {
  if (after === undefined) throw new Error("compileScan: the function must return a field 'state', which the next turn gets as its first argument");
  if (after.layout.key !== before.key) {
    const differs = after.layout.leaves.find((leaf, i) => leaf.path !== before.leaves[i]?.path || leaf.dtype !== before.leaves[i].dtype || leaf.shape.join() !== before.leaves[i].shape.join());
    const what = differs === undefined ? 'has another structure' : `differs at '${differs.path}', a ${differs.dtype} tensor of shape [${differs.shape.join(', ')}],`;
    throw new Error(`compileScan: the state that the function returns ${what} from the state it was given`);
  }
  return after;
}

/** Traces a function (state, one turn's part of a batch, ...shared) as the body of a loop over arguments of the given layouts. */
export function traceScan(fn: Fn, layouts: readonly Layout[], device: Device = 'cpu'): Program {
  const backend = tracingBackend();
  const turns = turnsOf(layouts[1]);
  const tracer = new Tracer(backend, turns, device);
  return backend.record(tracer.graph, () => {
    let program: Program | undefined;
    tf.tidy(() => {
      const buffers = layouts.map((layout, i) => tracer.bufferInputs(layout, i));
      const [batches, ...shared] = layouts.map((layout, i) => tracer.leavesOf(layout, buffers[i])).slice(1);
      // The state goes round in its buffers: few values, and what is done to all of their tensors alike is done to them at once.
      const given = layouts[0].buffers.map(({ dtype, shape }, i) => tracer.graph.input(`carried_${i}`, dtype, shape, true));
      const traced = traceCall(tracer, fn, layouts, [tracer.leavesOf(layouts[0], given), batches.map((leaf) => tracer.atTurn(leaf)), ...shared]);
      const state = checkState(layouts[0], traced.find(({ name }) => name === 'state'));
      const others = traced.filter((field) => field !== state);
      const after = tracer.buffersOf(layouts[0], state.values);
      const ends = tracer.loop(buffers[0], given.map((value, i) => ({ given: value, next: after[i] })), others.flatMap(({ values }) => values));
      const outputs: NamedValue[] = [];
      let next = given.length;
      const fields: ResultField[] = [{ name: 'state', layout: layouts[0], buffers: tracer.resultBuffers('state', layouts[0], ends.slice(0, next), outputs) }];
      for (const { name, layout, values } of others) {
        const stacked = stackedLayout(layout, turns, name);
        fields.push({ name, layout: stacked, buffers: tracer.resultBuffers(name, stacked, tracer.buffersOf(stacked, ends.slice(next, (next += values.length))), outputs) });
      }
      program = tracer.finish(layouts, fields, outputs);
    });
    return program!;
  });
}

export type { Fn };
