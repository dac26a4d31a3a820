import { defineTask } from './defineTask.js';
import { checkPath } from './checkPath.js';
import type { PathData } from './checkPath.js';
import type { TokenTask } from './tokenTask.js';

/** What {@link starGraph} takes. */
export interface StarGraphOptions {
  /** The number of arms, d; 3 unless given. */
  readonly degree?: number;
  /** The most edges of an arm, l; 4 unless given. */
  readonly length?: number;
  /** Nodes are drawn among 0 … labels − 1; 50 unless given. */
  readonly labels?: number;
  /** 0.1 unless given. */
  readonly heldOut?: number;
}

/**
 * Path finding on a star (Bachmann and Nagarajan 2024, "The pitfalls of next-token prediction"): d arms of l edges leave a centre, the edges stand in random order, and one arm's end is the goal:
 * `7>2|3>5|5>9|3>7/3>2:` is answered `#3>7>2`. A model that is trained to predict the next token picks the first edge at random, since every later one follows from the one before.
 * Level l has arms of l edges.
 *
 * @throws when an option is out of range, or the labels do not suffice for d · l + 1 nodes.
 */
export function starGraph({ degree = 3, length = 4, labels = 50, heldOut }: StarGraphOptions = {}): TokenTask<PathData> {
  for (const [name, value] of Object.entries({ degree, length })) if (!Number.isInteger(value) || value < 1) throw new Error(`starGraph: ${name} must be a positive integer, got ${value}`);
  if (!Number.isSafeInteger(labels) || labels < degree * length + 1) throw new Error(`starGraph: ${degree} arms of ${length} edges need ${degree * length + 1} labels, got ${labels}`);
  return defineTask<PathData>({
    name: 'starGraph',
    alphabet: '0123456789>|/:#',
    levels: length,
    answerLimit: (length + 1) * (String(labels).length + 2),
    heldOut,
    draw(rng, level) {
      const nodes = rng.permutation(labels);
      const centre = nodes[0];
      const arms = Array.from({ length: degree }, (_, arm) => [centre, ...nodes.subarray(1 + arm * level, 1 + (arm + 1) * level)]);
      const edges = arms.flatMap((arm) => arm.slice(1).map((node, i): [number, number] => [arm[i], node]));
      const shuffled = Array.from(rng.permutation(edges.length), (i) => edges[i]);
      const path = arms[rng.nextInt(degree)];
      const goal = path[level];
      return {
        prompt: `${shuffled.map((edge) => edge.join('>')).join('|')}/${centre}>${goal}:`,
        solution: `#${path.join('>')}`,
        data: { edges: shuffled, start: centre, goal, shortest: level },
      };
    },
    key: ({ data }) => `${[...data.edges].map((edge) => edge.join('>')).sort().join('|')}/${data.start}>${data.goal}`,
    check: (answer, { data }) => checkPath(answer, data),
  });
}
