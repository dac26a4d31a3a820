import { quoted, right, wrong } from './verdicts.js';
import type { Verdict } from './tokenTask.js';

/** A directed graph and a way to find in it. */
export type PathData = {
  readonly edges: readonly (readonly [number, number])[];
  readonly start: number;
  readonly goal: number;
  /** The edges of a shortest path. */
  readonly shortest: number;
};

/** Whether an answer such as `3>7>2` is a shortest path from start to goal along the edges. */
export function checkPath(answer: string, { edges, start, goal, shortest }: PathData): Verdict {
  if (!/^[0-9>]+$/.test(answer)) return wrong('malformed', `${quoted(answer)} is not of the form 1>2>3`);
  const parts = answer.split('>');
  if (parts.some((part) => part === '' || part.length > 15)) return wrong('malformed', `${quoted(answer)} has a place without a node`);
  const nodes = parts.map(Number);
  if (nodes[0] !== start || nodes[nodes.length - 1] !== goal) return wrong('wrong', `the path leads from ${nodes[0]} to ${nodes[nodes.length - 1]}`);
  const there = new Set(edges.map((edge) => edge.join('>')));
  const missing = nodes.findIndex((node, i) => i > 0 && !there.has(`${nodes[i - 1]}>${node}`));
  if (missing >= 0) return wrong('wrong', `there is no edge ${nodes[missing - 1]}>${nodes[missing]}`);
  return nodes.length - 1 === shortest ? right : wrong('notShortest', `${nodes.length - 1} edges, ${shortest} would do`);
}
