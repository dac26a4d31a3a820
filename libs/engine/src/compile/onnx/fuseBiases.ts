import { type Node, producer, type Value } from '../graph.js';
import { countUses } from './countUses.js';

/** Whether a shape broadcasts to [m, n] without making it larger. */
const fits = (shape: readonly number[], [m, n]: readonly number[]): boolean =>
  shape.length <= 2 && (shape.length < 1 || [1, n].includes(shape[shape.length - 1])) && (shape.length < 2 || [1, m].includes(shape[0]));

/** A product to which something is added, and which nothing else needs, becomes one `Gemm` of three inputs. */
export function fuseBiases(nodes: readonly Node[], outputs: readonly Value[]): Node[] {
  const uses = countUses(nodes, outputs);
  const gone = new Set<Node>();
  const replaced = new Map<Node, Node>();
  for (const node of nodes) {
    if (node.op !== 'Add') continue;
    for (const [product, bias] of [node.inputs, [...node.inputs].reverse()]) {
      const gemm = producer(product, 'Gemm');
      if (gemm === undefined || gone.has(gemm) || uses.get(product) !== 1 || !fits(bias.shape, product.shape) || bias.dtype !== 'float32') continue;
      // A product outside a loop stays there.
      if (product.variant !== node.outputs[0].variant) continue;
      gone.add(gemm);
      replaced.set(node, { op: 'Gemm', inputs: [...gemm.inputs, bias], attributes: gemm.attributes, outputs: node.outputs });
      break;
    }
  }
  return nodes.filter((node) => !gone.has(node)).map((node) => replaced.get(node) ?? node);
}
