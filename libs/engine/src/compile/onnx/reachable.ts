import type { Graph, Node, Value } from '../graph.js';

const bodyOutputs = ({ body }: Node): Value[] => (body === undefined ? [] : [...body.carried.map(({ next }) => next), ...body.stacked]);

/** The nodes that the outputs need, in order; those of loop bodies are among them. */
export function reachable(graph: Graph, outputs: readonly Value[]): Node[] {
  const needed = new Set<Node>();
  const pending = [...outputs];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value.source.kind !== 'node' || needed.has(value.source.node)) continue;
    const { node } = value.source;
    needed.add(node);
    pending.push(...node.inputs, ...bodyOutputs(node));
  }
  return graph.nodes.filter((node) => needed.has(node));
}
