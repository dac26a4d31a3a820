import { sizeOf } from '../ndarray.js';

/** The element types inside a compiled graph. */
export type ElementType = 'float32' | 'int32' | 'int64' | 'uint8' | 'bool';

/** What holds the elements of a constant; int64 as plain numbers, booleans as bytes. */
export type Elements = Float32Array | Int32Array | Uint8Array | readonly number[];

/** A float attribute, told from the integers by its wrapping. */
export interface FloatAttribute {
  readonly float: number;
}

/** A tensor attribute of one element. */
export interface ElementAttribute {
  readonly element: number;
  readonly dtype: ElementType;
}

export type AttributeValue = number | string | readonly number[] | FloatAttribute | ElementAttribute;

export type NodeAttributes = { readonly [name: string]: AttributeValue };

/** One turn of a loop: values that are handed on from turn to turn, and values that are collected. */
export interface LoopBody {
  /** The number of the turn, an int64 scalar. */
  readonly turn: Value;
  readonly carried: readonly { readonly given: Value; readonly next: Value }[];
  /** Stacked along a new first axis. */
  readonly stacked: readonly Value[];
}

/** An ONNX operator applied to values. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: NodeAttributes;
  readonly outputs: Value[];
  /** What a `Loop` repeats. */
  readonly body?: LoopBody;
}

/** Where a value comes from. A splat is a constant whose elements are all the same: it is never materialised. */
export type Source =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly elements: Elements }
  | { readonly kind: 'splat'; readonly element: number }
  | { readonly kind: 'node'; readonly node: Node };

/** A tensor of the graph. */
export interface Value {
  readonly id: number;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly source: Source;
  /** Changes from one turn of a loop to the next. */
  readonly variant: boolean;
}

/** The type and shape of an output. */
export interface Signature {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
}

/** What a graph may hold. */
export interface GraphLimits {
  /** The most parts that one `Split` may have. */
  readonly widestSplit?: number;
  /** Tensors from outside of more elements than this are fed at every run, in the place of being constants. */
  readonly largestConstant?: number;
}

/** A tensor from outside, and the input that it became. */
export interface Captured {
  readonly value: Value;
  readonly elements: Elements;
}

/** Constants up to this size are shared by content. */
const SHARED_ELEMENTS = 64;

/** The element that all are, if they are; -0 is not 0. */
function uniform(elements: Elements): number | undefined {
  const first = elements[0];
  for (let i = 1; i < elements.length; i++) if (!Object.is(elements[i], first)) return undefined;
  return first;
}

/**
 * A graph of ONNX operators in static single assignment: nodes in the order of their making, which is a topological one.
 * The same operator on the same values with the same attributes is made once (common subexpressions are shared by construction).
 */
export class Graph {
  readonly nodes: Node[] = [];
  readonly inputs: Value[] = [];
  readonly #nodes = new Map<string, Node>();
  readonly #constants = new Map<string, Value>();
  #count = 0;

  /** The most parts that one `Split` may have. */
  readonly widestSplit: number;
  /** What is fed at every run, because it is too large for a constant. */
  readonly captured: Captured[] = [];
  readonly #largestConstant: number;

  constructor({ widestSplit = Number.POSITIVE_INFINITY, largestConstant = Number.POSITIVE_INFINITY }: GraphLimits = {}) {
    this.widestSplit = widestSplit;
    this.#largestConstant = largestConstant;
  }

  #value(dtype: ElementType, shape: readonly number[], source: Source, variant: boolean): Value {
    return { id: this.#count++, dtype, shape, source, variant };
  }

  #shared(key: string, make: () => Value): Value {
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const value = make();
    this.#constants.set(key, value);
    return value;
  }

  /** A tensor that is given from outside: to the whole graph, or (variant) to each turn of its loop. */
  input(name: string, dtype: ElementType, shape: readonly number[], variant = false): Value {
    const value = this.#value(dtype, shape, { kind: 'input', name }, variant);
    this.inputs.push(value);
    return value;
  }

  /** A constant of one element everywhere. */
  splat(element: number, dtype: ElementType, shape: readonly number[] = []): Value {
    const rounded = dtype === 'float32' ? Math.fround(element) : dtype === 'bool' ? Number(element !== 0) : Math.trunc(element);
    const text = Object.is(rounded, -0) ? '-0' : String(rounded);
    return this.#shared(`${dtype}[${shape.join()}]=${text}`, () => this.#value(dtype, shape, { kind: 'splat', element: rounded }, false));
  }

  constant(elements: Elements, dtype: ElementType, shape: readonly number[]): Value {
    const only = elements.length > 0 ? uniform(elements) : undefined;
    if (only !== undefined && dtype !== 'int64') return this.splat(only, dtype, shape);
    const make = () => this.#value(dtype, shape, { kind: 'constant', elements }, false);
    return elements.length > SHARED_ELEMENTS ? make() : this.#shared(`${dtype}[${shape.join()}]:${Array.from(elements, (x) => (Object.is(x, -0) ? '-0' : x)).join()}`, make);
  }

  /** A tensor that the function reaches by closure. */
  outside(elements: Elements, dtype: ElementType, shape: readonly number[]): Value {
    if (dtype !== 'float32' || elements.length <= this.#largestConstant) return this.constant(elements, dtype, shape);
    const value = this.input(`captured_${this.captured.length}`, dtype, shape);
    this.captured.push({ value, elements });
    return value;
  }

  /** A vector of int64: shapes, axes, bounds. */
  ints(values: readonly number[]): Value {
    return this.constant(values, 'int64', [values.length]);
  }

  /** Applies an operator with several outputs. */
  nodeOutputs(op: string, inputs: readonly Value[], attributes: NodeAttributes, outputs: readonly Signature[]): readonly Value[] {
    const key = `${op}(${inputs.map((value) => value.id).join()})${JSON.stringify(attributes)}>${outputs.map((each) => `${each.dtype}[${each.shape.join()}]`).join('')}`;
    let node = this.#nodes.get(key);
    if (node === undefined) {
      node = { op, inputs, attributes, outputs: [] };
      const variant = inputs.some((value) => value.variant);
      for (const { dtype, shape } of outputs) node.outputs.push(this.#value(dtype, shape, { kind: 'node', node }, variant));
      this.#nodes.set(key, node);
      this.nodes.push(node);
    }
    return node.outputs;
  }

  /**
   * Repeats a body a fixed number of times.
   * @param initial the carried values of the first turn, in the order of `body.carried`.
   * @returns the carried values after the last turn, then the stacked ones.
   */
  loop(turns: number, initial: readonly Value[], body: LoopBody): readonly Value[] {
    const outputs: Value[] = [];
    const node: Node = { op: 'Loop', inputs: [this.constant([turns], 'int64', []), ...initial], attributes: {}, outputs, body };
    const signatures = [...body.carried.map(({ given }) => given), ...body.stacked.map(({ dtype, shape }) => ({ dtype, shape: [turns, ...shape] }))];
    for (const { dtype, shape } of signatures) outputs.push(this.#value(dtype, shape, { kind: 'node', node }, false));
    this.nodes.push(node);
    return outputs;
  }

  /** Applies an operator. */
  node(op: string, inputs: readonly Value[], attributes: NodeAttributes, dtype: ElementType, shape: readonly number[]): Value {
    return this.nodeOutputs(op, inputs, attributes, [{ dtype, shape }])[0];
  }
}

/** The node that made a value, if it is of the given operator. */
export function producer(value: Value, op: string): Node | undefined {
  return value.source.kind === 'node' && value.source.node.op === op ? value.source.node : undefined;
}

/** The element of a splat. */
export function splatOf(value: Value): number | undefined {
  return value.source.kind === 'splat' ? value.source.element : undefined;
}

/** The elements of a constant, written out; undefined when the value is computed. */
export function elementsOf(value: Value): Elements | undefined {
  if (value.source.kind === 'constant') return value.source.elements;
  if (value.source.kind !== 'splat') return undefined;
  const size = sizeOf(value.shape);
  const array = value.dtype === 'float32' ? new Float32Array(size) : value.dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
  return array.fill(value.source.element);
}
