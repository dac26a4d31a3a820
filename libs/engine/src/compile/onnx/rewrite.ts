import { binary, negate } from '../algebra.js';
import { elementsOf, type Graph, type LoopBody, type Node, type Value } from '../graph.js';
import { countUses } from './countUses.js';
import { reachable } from './reachable.js';

/** What a rule knows of the graph as it was, and of what has become of it so far. */
export interface Rewriting {
  readonly graph: Graph;
  /** How often a value is read, by nodes and as an output. */
  uses(value: Value): number;
  /** The node that reads a value, if it is the only one, and reads it once. */
  reader(value: Value): Node | undefined;
  /** What a value has become. */
  now(value: Value): Value;
}

/** What the outputs of a node become, given the node as it was; undefined where the rule does not apply. */
export type Rule = (node: Node, rewriting: Rewriting) => readonly Value[] | undefined;

const elementwise = new Set(['Add', 'Sub', 'Mul', 'Div']);

function loopAgain({ graph, now }: Rewriting, { inputs, outputs, body }: Node): readonly Value[] {
  const carried: LoopBody['carried'] = body!.carried.map(({ given, next }) => ({ given, next: now(next) }));
  const stacked = body!.stacked.map(now);
  const initial = inputs.slice(1).map(now);
  const same = carried.every(({ next }, i) => next === body!.carried[i].next) && stacked.every((value, i) => value === body!.stacked[i]) && initial.every((value, i) => value === inputs[i + 1]);
  return same ? outputs : graph.loop(elementsOf(inputs[0])![0], initial, { turn: body!.turn, carried, stacked });
}

/** A node over what its inputs have become. */
function again(rewriting: Rewriting, node: Node): readonly Value[] {
  if (node.body !== undefined) return loopAgain(rewriting, node);
  const inputs = node.inputs.map((value) => rewriting.now(value));
  const { op, outputs, attributes } = node;
  if (inputs.every((value, i) => value === node.inputs[i])) return outputs;
  if (elementwise.has(op)) return [binary(rewriting.graph, op, inputs[0], inputs[1], outputs[0].dtype)];
  if (op === 'Neg') return [negate(rewriting.graph, inputs[0])];
  return rewriting.graph.nodeOutputs(op, inputs, attributes, outputs.map(({ dtype, shape }) => ({ dtype, shape })));
}

/**
 * Goes through what the outputs need, in order; at each node the first rule that applies says what becomes of it. New nodes join the same graph, what nothing needs any
 * more stays behind unseen.
 * @returns what the outputs have become.
 */
export function rewrite(graph: Graph, outputs: readonly Value[], rules: readonly Rule[]): Value[] {
  const nodes = reachable(graph, outputs);
  const uses = countUses(nodes, outputs);
  const readers = new Map<Value, Node>();
  for (const node of nodes) for (const value of node.inputs) readers.set(value, node);
  const became = new Map<Value, Value>();
  const rewriting: Rewriting = { graph, uses: (value) => uses.get(value) ?? 0, reader: (value) => (uses.get(value) === 1 ? readers.get(value) : undefined), now: (value) => became.get(value) ?? value };
  for (const node of nodes) {
    let results: readonly Value[] | undefined;
    for (const rule of rules) results ??= rule(node, rewriting);
    results ??= again(rewriting, node);
    node.outputs.forEach((value, i) => became.set(value, results[i]));
  }
  return outputs.map((value) => rewriting.now(value));
}
