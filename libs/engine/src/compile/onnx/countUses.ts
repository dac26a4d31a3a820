import type { Node, Value } from '../graph.js';

/** How often each value is read by nodes and as an output. */
export function countUses(nodes: readonly Node[], outputs: readonly Value[]): Map<Value, number> {
  const uses = new Map<Value, number>();
  const count = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1);
  outputs.forEach(count);
  for (const { inputs, body } of nodes) {
    inputs.forEach(count);
    body?.carried.forEach(({ next }) => count(next));
    body?.stacked.forEach(count);
  }
  return uses;
}
