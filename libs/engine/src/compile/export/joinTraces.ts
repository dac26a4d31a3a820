import { Graph, type Elements, type Node, type Value } from '../graph.js';
import type { NamedValue } from '../onnx/emit.js';
import type { TracedGraph } from './traceGraph.js';

/** A size that holds for every run, or a product with sizes that are known only when the graph runs. */
export type Size = number | { readonly factor: number; readonly symbols: readonly string[] };

/** An axis whose size is open, and the two sizes at which a function was traced. */
export interface OpenAxis {
  readonly symbol: string;
  readonly trials: readonly [number, number];
}

/** A graph that holds for all sizes of its open axes. */
export interface JoinedGraph {
  readonly graph: Graph;
  readonly outputs: readonly (NamedValue & { readonly shape: readonly Size[] })[];
}

/** What two traces of one function do not have in common. */
export class TracesDiffer extends Error {}

/** A product of open sizes, and what it came to at the trials. */
interface Product {
  readonly symbols: readonly string[];
  readonly trials: readonly [number, number];
}

/** All products of open sizes, each at most squared; those of few sizes first. */
function products(axes: readonly OpenAxis[]): Product[] {
  const grow = (so: Product, { symbol, trials: [p, q] }: OpenAxis): Product => ({ symbols: [...so.symbols, symbol], trials: [so.trials[0] * p, so.trials[1] * q] });
  let all: Product[] = [{ symbols: [], trials: [1, 1] }];
  for (const axis of axes) all = all.flatMap((each) => [each, grow(each, axis), grow(grow(each, axis), axis)]);
  return all.slice(1).sort((a, b) => a.symbols.length - b.symbols.length);
}

const same = (a: ArrayLike<number>, b: ArrayLike<number>): boolean => a.length === b.length && Array.prototype.every.call(a, (x, i) => Object.is(x, b[i]));

const text = ({ dtype, shape }: Value): string => `${dtype} [${shape.join(', ')}]`;

/** Walks through two graphs of the same form, and writes one in which whatever differs with the sizes is computed from them. */
class Joiner {
  readonly graph = new Graph();
  readonly #products: readonly Product[];
  readonly #joined = new Map<Value, { readonly other: Value; readonly value: Value }>();
  readonly #inputs: ReadonlyMap<string, Value>;
  /** Where the size of an open axis can be read: an input and its axis. */
  readonly #sources = new Map<string, { readonly input: Value; readonly axis: number }>();

  constructor(axes: readonly OpenAxis[], first: TracedGraph, second: TracedGraph) {
    this.#products = products(axes);
    this.#inputs = new Map(first.graph.inputs.map((input, i) => [(input.source as { readonly name: string }).name, this.#input(input, second.graph.inputs[i])]));
  }

  #input(a: Value, b: Value): Value {
    const input = this.graph.input((a.source as { readonly name: string }).name, a.dtype, a.shape);
    this.sizes(a.shape, b.shape).forEach((size, axis) => {
      if (typeof size !== 'number' && !this.#sources.has(size.symbols[0])) this.#sources.set(size.symbols[0], { input, axis });
    });
    return input;
  }

  #size(a: number, b: number): Size {
    if (a === b) return a;
    for (const { symbols, trials } of this.#products) {
      const factor = a / trials[0];
      if (Number.isInteger(factor) && factor * trials[1] === b) return { factor, symbols };
    }
    throw new TracesDiffer(`a size of ${a} became ${b}`);
  }

  sizes(a: readonly number[], b: readonly number[]): Size[] {
    if (a.length !== b.length) throw new TracesDiffer(`a tensor of shape [${a.join(', ')}] became one of shape [${b.join(', ')}]`);
    return a.map((size, axis) => this.#size(size, b[axis]));
  }

  /** Sizes as a vector of the graph, of which those that are open are read from an input. */
  #vector(sizes: readonly Size[]): Value {
    const parts = sizes.map((size) => {
      if (typeof size === 'number') return this.graph.ints([size]);
      const factors = size.symbols.map((symbol) => {
        const { input, axis } = this.#sources.get(symbol)!;
        return this.graph.node('Shape', [input], { start: axis, end: axis + 1 }, 'int64', [1]);
      });
      if (size.factor !== 1) factors.push(this.graph.ints([size.factor]));
      return factors.reduce((product, factor) => this.graph.node('Mul', [product, factor], {}, 'int64', [1]));
    });
    return parts.length === 1 ? parts[0] : this.graph.node('Concat', parts, { axis: 0 }, 'int64', [sizes.length]);
  }

  #constant(a: Value, b: Value, x: Elements, y: Elements): Value {
    if (same(x, y) && same(a.shape, b.shape)) return this.graph.constant(x, a.dtype, a.shape);
    if (a.dtype !== 'int64' || a.shape.length !== 1 || x.length !== y.length) throw new TracesDiffer(`a constant, ${text(a)}, became another, ${text(b)}`);
    return this.#vector(this.sizes(x as readonly number[], y as readonly number[]));
  }

  #splat(a: Value, b: Value, x: number, y: number): Value {
    if (!Object.is(x, y)) throw new TracesDiffer(`a constant of ${x} became ${y}`);
    const shape = this.sizes(a.shape, b.shape);
    if (same(a.shape, b.shape)) return this.graph.splat(x, a.dtype, a.shape);
    return this.graph.node('ConstantOfShape', [this.#vector(shape)], { value: { element: x, dtype: a.dtype } }, a.dtype, a.shape);
  }

  /** What a node is given. A reshape finds one open size by itself. */
  #operands(a: Node, b: Node): Value[] {
    const [x, y] = [a.inputs[1]?.source, b.inputs[1]?.source];
    if (a.op !== 'Reshape' || x?.kind !== 'constant' || y?.kind !== 'constant') return a.inputs.map((value, i) => this.join(value, b.inputs[i]));
    const shape = this.sizes(x.elements as readonly number[], y.elements as readonly number[]);
    const open = shape.filter((size) => typeof size !== 'number').length;
    const target = open === 1 && !shape.includes(0) ? this.graph.ints(shape.map((size) => (typeof size === 'number' ? size : -1))) : this.#vector(shape);
    return [this.join(a.inputs[0], b.inputs[0]), target];
  }

  #node(a: Node, b: Node): readonly Value[] {
    if (a.op !== b.op || a.inputs.length !== b.inputs.length || JSON.stringify(a.attributes) !== JSON.stringify(b.attributes)) throw new TracesDiffer(`the operator ${a.op} became ${b.op} or got other attributes`);
    if (a.body !== undefined) throw new TracesDiffer('it holds a loop');
    return this.graph.nodeOutputs(a.op, this.#operands(a, b), a.attributes, a.outputs.map(({ dtype, shape }) => ({ dtype, shape })));
  }

  /** The value that stands for one of each graph. */
  join(a: Value, b: Value): Value {
    const known = this.#joined.get(a);
    if (known?.other === b) return known.value;
    if (known !== undefined || a.dtype !== b.dtype || a.source.kind !== b.source.kind) throw new TracesDiffer(`a value, ${text(a)}, became another, ${text(b)}`);
    const value = this.#new(a, b);
    this.#joined.set(a, { other: b, value });
    return value;
  }

  #new(a: Value, b: Value): Value {
    const [x, y] = [a.source, b.source];
    if (x.kind === 'splat' && y.kind === 'splat') return this.#splat(a, b, x.element, y.element);
    if (x.kind === 'constant' && y.kind === 'constant') return this.#constant(a, b, x.elements, y.elements);
    if (x.kind === 'node' && y.kind === 'node') {
      const place = x.node.outputs.indexOf(a);
      if (y.node.outputs.indexOf(b) !== place) throw new TracesDiffer(`another output of ${x.node.op} is used`);
      this.sizes(a.shape, b.shape);
      return this.#node(x.node, y.node)[place];
    }
    if (x.kind !== 'input' || y.kind !== 'input' || x.name !== y.name) throw new TracesDiffer('another input is used');
    return this.#inputs.get(x.name)!;
  }
}

/**
 * One graph out of two traces of a function, which differ in the sizes of its open axes only: the same operators, with sizes read from the inputs where
 * the traces differ. Without open axes, it shows that the traces are the same.
 * @throws {@link TracesDiffer} where they differ in anything else.
 */
export function joinTraces(first: TracedGraph, second: TracedGraph, axes: readonly OpenAxis[]): JoinedGraph {
  const joiner = new Joiner(axes, first, second);
  if (first.outputs.map(({ name }) => name).join() !== second.outputs.map(({ name }) => name).join()) throw new TracesDiffer('the results have other names');
  const outputs = first.outputs.map(({ name, value }, i) => {
    const other = second.outputs[i].value;
    return { name, value: joiner.join(value, other), shape: joiner.sizes(value.shape, other.shape) };
  });
  return { graph: joiner.graph, outputs };
}
