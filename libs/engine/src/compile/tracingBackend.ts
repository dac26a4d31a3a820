import { sizeOf } from '../ndarray.js';
import { tf } from '../tf.js';
import type { Graph} from './graph.js';
import { type Elements, type ElementType, elementsOf, type Value } from './graph.js';
import { cast } from './shaping.js';
import { Untraceable } from './untraceable.js';

/** The name under which the tracing backend is registered. */
export const TRACING = 'rivulet-tracing';

/** A tensor that came from another backend: it keeps its elements, so that it can go back. */
interface Moved {
  readonly elements: tf.BackendValues;
  refCount: number;
}

interface Entry {
  readonly graph: Graph;
  readonly value: Value;
  readonly moved?: Moved;
}

function elementType(dtype: tf.DataType): ElementType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw new Untraceable(`a ${dtype} tensor`);
}

/** A backend that computes nothing: its tensors are values of a graph, and its kernels add operators to it. */
export class TracingBackend extends tf.KernelBackend {
  readonly #entries: tf.DataStorage<Entry>;
  #graph: Graph | undefined;

  constructor() {
    super();
    this.#entries = new tf.DataStorage<Entry>(this, tf.engine());
  }

  /** The graph that is being recorded. */
  get graph(): Graph {
    if (this.#graph === undefined) throw new Error('compile: no function is being traced');
    return this.#graph;
  }

  /** Records into a graph what a function does. Not reentrant: a compiled function cannot be called inside another. */
  record<T>(graph: Graph, f: () => T): T {
    if (this.#graph !== undefined) throw new Error('compile: a function is already being traced; trace one at a time');
    const previous = tf.getBackend() || 'cpu';
    this.#graph = graph;
    void tf.setBackend(TRACING);
    try {
      return f();
    } finally {
      this.#graph = undefined;
      void tf.setBackend(previous);
    }
  }

  /** What a tensor stands for in the graph. A tensor from elsewhere is a constant; its elements may be of another type than it says, when it was cast there without a copy. */
  graphValue({ dataId, shape, dtype }: tf.TensorInfo): Value {
    const entry = this.#entries.get(dataId);
    const value = cast(this.graph, entry.graph === this.graph ? entry.value : this.#again(dataId, entry), elementType(dtype));
    return shape.length === value.shape.length && shape.every((size, i) => size === value.shape[i]) ? value : reshaped(this.graph, value, shape);
  }

  /** A constant of an earlier graph, in this one. */
  #again(dataId: object, entry: Entry): Value {
    const elements = entry.moved?.elements ?? elementsOf(entry.value);
    if (elements === undefined) throw new Error('compile: a tensor of another trace was used; return it from the function that computes it');
    const value = this.graph.outside(elements as Elements, entry.value.dtype, entry.value.shape);
    this.#entries.delete(dataId);
    this.#entries.set(dataId, { ...entry, graph: this.graph, value });
    return value;
  }

  /** A tensor that stands for a value. */
  infoOf(value: Value): tf.TensorInfo {
    const dataId = {};
    this.#entries.set(dataId, { graph: this.graph, value });
    return { dataId, shape: [...value.shape], dtype: value.dtype as tf.DataType };
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
    return this.infoOf(this.graph.constant(values as Elements, elementType(dtype), shape)).dataId;
  }

  override move(dataId: tf.DataId, values: tf.BackendValues, shape: number[], dtype: tf.DataType, refCount: number): void {
    const elements = (values as Float32Array).slice();
    this.#entries.set(dataId, { graph: this.graph, value: this.graph.outside(elements as Elements, elementType(dtype), shape), moved: { elements, refCount } });
  }

  override readSync(dataId: tf.DataId): tf.BackendValues {
    const entry = this.#entries.get(dataId);
    const elements = entry.moved?.elements ?? elementsOf(entry.value);
    if (elements === undefined) throw new Untraceable('reading the elements of a tensor (dataSync, data, arraySync...)');
    return elements as tf.BackendValues;
  }

  override read(dataId: tf.DataId): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override refCount(dataId: tf.DataId): number {
    return this.#entries.has(dataId) ? (this.#entries.get(dataId).moved?.refCount ?? 1) : 0;
  }

  override incRef(dataId: tf.DataId): void {
    const { moved } = this.#entries.get(dataId);
    if (moved !== undefined) moved.refCount++;
  }

  decRef(dataId: tf.DataId): void {
    const { moved } = this.#entries.get(dataId);
    if (moved !== undefined) moved.refCount--;
  }

  override disposeData(dataId: tf.DataId, force = false): boolean {
    if (!this.#entries.has(dataId)) return true;
    const { moved } = this.#entries.get(dataId);
    if (moved !== undefined && --moved.refCount > 0 && !force) return false;
    this.#entries.delete(dataId);
    return true;
  }

  override numDataIds(): number {
    return this.#entries.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override dispose(): void {}
}

/** Tensors may share elements under another shape. */
function reshaped(graph: Graph, value: Value, shape: readonly number[]): Value {
  if (sizeOf(shape) !== sizeOf(value.shape)) throw new Error(`compile: a tensor of shape [${shape.join(', ')}] stands for a value of shape [${value.shape.join(', ')}]`);
  return graph.node('Reshape', [value, graph.ints(shape)], {}, value.dtype, shape);
}
