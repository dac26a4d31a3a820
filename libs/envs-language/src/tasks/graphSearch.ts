import { checkPath } from './checkPath.js';
import type { PathData } from './checkPath.js';
import { defineTask } from './defineTask.js';
import type { TokenTask } from './tokenTask.js';

/** What {@link graphSearch} takes. */
export interface GraphSearchOptions {
  /** The number of nodes; 8 unless given. */
  readonly nodes?: number;
  /** Edges that leave a node; 2 unless given. */
  readonly outDegree?: number;
  /** The longest distance between start and goal that is asked for; 4 unless given. */
  readonly maxDistance?: number;
  /** Whether solutions show the layers of breadth-first search; true unless given. */
  readonly scratchpad?: boolean;
  /** 0.1 unless given. */
  readonly heldOut?: number;
}

/**
 * A shortest path in a random directed graph: `0>3|3>1|…/0>1:` is worked layer by layer, `0;3,2;1#0>3>1`. Level l asks for a distance of l; every shortest path counts. Besides those of every task, its
 * reasons hold 'notShortest'.
 *
 * @throws when an option is out of range.
 */
export function graphSearch({ nodes = 8, outDegree = 2, maxDistance = 4, scratchpad = true, heldOut }: GraphSearchOptions = {}): TokenTask<PathData> {
  if (!Number.isInteger(outDegree) || outDegree < 1) throw new Error(`graphSearch: outDegree must be a positive integer, got ${outDegree}`);
  if (!Number.isInteger(nodes) || nodes <= outDegree || nodes <= maxDistance) throw new Error(`graphSearch: nodes must be an integer above outDegree and maxDistance, got ${nodes}`);
  return defineTask<PathData>({
    name: 'graphSearch',
    alphabet: '0123456789>|/:;,#',
    levels: maxDistance,
    answerLimit: nodes * (String(nodes).length + 2),
    heldOut,
    draw(rng, level) {
      for (let tries = 0; tries < 1000; tries++) {
        const edges = Array.from({ length: nodes }, (_, node) => {
          const others = Array.from(rng.permutation(nodes)).filter((other) => other !== node);
          return others.slice(0, outDegree).map((other): [number, number] => [node, other]);
        }).flat();
        const start = rng.nextInt(nodes);
        const layers = searchLayers(edges, start);
        if (layers.length <= level) continue;
        const goal = layers[level][rng.nextInt(layers[level].length)];
        const shuffled = Array.from(rng.permutation(edges.length), (i) => edges[i]);
        const shown = layers.slice(0, level + 1).map((layer) => layer.join()).join(';');
        return {
          prompt: `${shuffled.map((edge) => edge.join('>')).join('|')}/${start}>${goal}:`,
          solution: `${scratchpad ? shown : ''}#${pathBack(edges, layers, level, goal).join('>')}`,
          data: { edges: shuffled, start, goal, shortest: level },
        };
      }
      throw new Error(`graphSearch: 1000 graphs of ${nodes} nodes with ${outDegree} edges each have no distance of ${level}; take fewer edges, more nodes or a smaller maxDistance`);
    },
    key: ({ data }) => `${data.edges.map((edge) => edge.join('>')).sort().join('|')}/${data.start}>${data.goal}`,
    check: (answer, { data }) => checkPath(answer, data),
  });
}

/** The nodes at distance 0, 1, 2, … from a start, each layer in ascending order. */
function searchLayers(edges: readonly (readonly [number, number])[], start: number): number[][] {
  const seen = new Set([start]);
  const layers = [[start]];
  for (;;) {
    const last = layers[layers.length - 1];
    const next = [...new Set(edges.filter(([from, to]) => last.includes(from) && !seen.has(to)).map(([, to]) => to))].sort((a, b) => a - b);
    if (next.length === 0) return layers;
    next.forEach((node) => seen.add(node));
    layers.push(next);
  }
}

function pathBack(edges: readonly (readonly [number, number])[], layers: readonly (readonly number[])[], distance: number, goal: number): number[] {
  const path = [goal];
  for (let at = distance - 1; at >= 0; at--) {
    const before = layers[at].find((node) => edges.some(([from, to]) => from === node && to === path[0]));
    path.unshift(before as number);
  }
  return path;
}
