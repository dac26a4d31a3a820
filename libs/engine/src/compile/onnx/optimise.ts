import type { Graph } from '../graph.js';
import type { NamedValue } from './emit.js';
import { factorSums } from './factorSums.js';
import { flattenColumns } from './flattenColumns.js';
import { flattenConcats } from './flattenConcats.js';
import { fuseGelu } from './fuseGelu.js';
import { fuseLogSoftmax } from './fuseLogSoftmax.js';
import { fuseNorms } from './fuseNorms.js';
import { fuseSquares } from './fuseSquares.js';
import { fuseTransposes } from './fuseTransposes.js';
import { joinPieces } from './joinPieces.js';
import { rewrite, type Rule } from './rewrite.js';

/**
 * A better graph for the same results, up to rounding: what can only be done to a graph after it was recorded, when it is known what reads each value.
 * @param contributed whether operators outside of the standard set may be used: those of ONNX Runtime on a CPU.
 */
export function optimise(graph: Graph, outputs: readonly NamedValue[], contributed: boolean): NamedValue[] {
  const fused: Rule[] = [fuseLogSoftmax, fuseNorms(contributed), fuseSquares, ...(contributed ? [fuseGelu, fuseTransposes] : [])];
  // What one pass has factored may leave a product that only one sum reads, so that the next pass finds more.
  const passes: readonly (readonly Rule[])[] = [fused, [factorSums], [factorSums], [factorSums], [joinPieces, flattenConcats, flattenColumns]];
  const values = passes.reduce((current, rules) => rewrite(graph, current, rules), outputs.map(({ value }) => value));
  return outputs.map(({ name }, i) => ({ name, value: values[i] }));
}
