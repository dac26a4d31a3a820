import { sizeOf } from '../../ndarray.js';
import { elementsOf, type Graph, type Node, type Value } from '../graph.js';
import { fuseBiases } from './fuseBiases.js';
import type { Message } from './protobuf.js';
import { reachable } from './reachable.js';
import { graphRecord, type ModelNotes, modelRecord, nodeRecord, splitName, tensorRecord, valueRecord } from './records.js';

/** A value under the name by which it leaves the graph. */
export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

/** A model, and what it is made of. */
export interface Emitted {
  readonly bytes: Uint8Array;
  /** How often each operator occurs. */
  readonly operators: { readonly [op: string]: number };
}

/** What a model says beside its graph. */
export interface EmitOptions extends ModelNotes {
  /** The name of the graph. */
  readonly name?: string;
  /** The shape that an input or output is declared with: its numbers by default, names for axes of any size. */
  readonly shapeOf?: (value: Value) => readonly (number | string)[];
}

/** Splats up to this size are written out; larger ones are made when the model is loaded. */
const WRITTEN_ELEMENTS = 16;

const isVariant = (node: Node): boolean => node.outputs[0].variant;

/** Names values, and writes the constants among them where they are used. */
class Scope {
  readonly nodes: Message[] = [];
  readonly constants: Message[] = [];
  readonly #written = new Set<Value>();
  readonly #names: Map<Value, string>;

  constructor(names: Map<Value, string>) {
    this.#names = names;
  }

  /** The name of a value; a constant that no scope has yet is written into this one. */
  nameOf(value: Value, outer?: Scope): string {
    const name = this.#names.get(value) ?? (value.source.kind === 'input' ? value.source.name : `v${value.id}`);
    const isConstant = value.source.kind === 'constant' || value.source.kind === 'splat';
    if (isConstant && !this.#written.has(value) && outer?.has(value) !== true) this.#write(value, name);
    return name;
  }

  has(value: Value): boolean {
    return this.#written.has(value);
  }

  #write(value: Value, name: string): void {
    this.#written.add(value);
    if (value.source.kind === 'splat' && sizeOf(value.shape) > WRITTEN_ELEMENTS) {
      const shape = `${name}_shape`;
      this.constants.push(tensorRecord(shape, 'int64', [value.shape.length], value.shape));
      this.nodes.push(nodeRecord('ConstantOfShape', [shape], [name], { value: { element: value.source.element, dtype: value.dtype } }));
    } else {
      this.constants.push(tensorRecord(name, value.dtype, value.shape, elementsOf(value) ?? []));
    }
  }
}

/** Names outputs. What is not computed by a node of the scope, or leaves it twice, passes through an `Identity`. */
function bindOutputs(outputs: readonly NamedValue[], names: Map<Value, string>, inScope: (value: Value) => boolean): NamedValue[] {
  const copies: NamedValue[] = [];
  for (const output of outputs) {
    if (output.value.source.kind === 'node' && inScope(output.value) && !names.has(output.value)) names.set(output.value, output.name);
    else copies.push(output);
  }
  return copies;
}

function bodyGraph(node: Node, nodes: readonly Node[], outer: Scope, names: Map<Value, string>): Message {
  const body = node.body!;
  const outputs: NamedValue[] = [...body.carried.map(({ next }, i) => ({ name: `next_${i}`, value: next })), ...body.stacked.map((value, i) => ({ name: `stacked_${i}`, value }))];
  const copies = bindOutputs(outputs, names, (value) => value.variant);
  const scope = new Scope(names);
  for (const each of nodes) scope.nodes.push(plainNode(each, (value) => scope.nameOf(value, outer)));
  for (const { name, value } of copies) scope.nodes.push(nodeRecord('Identity', [scope.nameOf(value, outer)], [name], {}));
  scope.nodes.push(nodeRecord('Identity', ['go_on'], ['goes_on'], {}));
  const nameOf = (value: Value) => scope.nameOf(value, outer);
  return graphRecord({
    name: 'body',
    nodes: scope.nodes,
    constants: scope.constants,
    inputs: [valueRecord(nameOf(body.turn), 'int64', []), valueRecord('go_on', 'bool', []), ...body.carried.map(({ given }) => valueRecord(nameOf(given), given.dtype, given.shape))],
    outputs: [valueRecord('goes_on', 'bool', []), ...outputs.map(({ name, value }) => valueRecord(name, value.dtype, value.shape))],
  });
}

function plainNode({ op, inputs, attributes, outputs }: Node, nameOf: (value: Value) => string): Message {
  return nodeRecord(op, inputs.map(nameOf), outputs.map(nameOf), attributes);
}

/** Writes a graph as an ONNX model: only what the outputs need, and once what does not change inside a loop. */
export function emit(graph: Graph, inputs: readonly Value[], outputs: readonly NamedValue[], { name: title = 'main', shapeOf = ({ shape }) => shape, ...notes }: EmitOptions = {}): Emitted {
  const nodes = fuseBiases(reachable(graph, outputs.map(({ value }) => value)), outputs.map(({ value }) => value));
  const names = new Map<Value, string>();
  const copies = bindOutputs(outputs, names, (value) => !value.variant);
  const main = new Scope(names);
  // The constants of the outer graph first: a body sees them, and its own must not have their names.
  const outside = nodes.filter((node) => !isVariant(node));
  for (const node of outside) node.inputs.forEach((value) => main.nameOf(value));
  const inside = nodes.filter(isVariant);
  for (const node of outside) {
    if (node.body === undefined) main.nodes.push(plainNode(node, (value) => main.nameOf(value)));
    else main.nodes.push(nodeRecord('Loop', [main.nameOf(node.inputs[0]), '', ...node.inputs.slice(1).map((value) => main.nameOf(value))], node.outputs.map((value) => main.nameOf(value)), { body: bodyGraph(node, inside, main, names) }));
  }
  for (const { name, value } of copies) main.nodes.push(nodeRecord('Identity', [main.nameOf(value)], [name], {}));
  const model = modelRecord(
    graphRecord({
      name: title,
      nodes: main.nodes,
      constants: main.constants,
      inputs: inputs.map((value) => valueRecord(main.nameOf(value), value.dtype, shapeOf(value))),
      outputs: outputs.map(({ name, value }) => valueRecord(name, value.dtype, shapeOf(value))),
    }),
    { ...notes, domains: new Set(nodes.map(({ op }) => splitName(op).domain)) },
  );
  const operators: { [op: string]: number } = {};
  for (const { op } of nodes) operators[op] = (operators[op] ?? 0) + 1;
  return { bytes: model.encode(), operators };
}
