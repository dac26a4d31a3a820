import { type Rng, tf, type Tree, treeLeaves } from '@rivulet/engine';
import type { TransformerParameters } from './causalTransformer.js';
import type { LowRankFactors } from './projection.js';
import { parameter } from './parameter.js';
import { uniformFanIn } from './uniformFanIn.js';

export interface LoraOptions {
  /** r, the rank of what is added to a kernel. */
  readonly rank: number;
  /** α: the product of the factors is scaled by α / r. Default: r, a scale of 1. */
  readonly alpha?: number;
  /** Names of the adapted maps, the last part of their path: query, key, value, output, gate, up, down, head. Default: query and value. */
  readonly targets?: readonly string[];
}

/** The factors of each adapted map by its path, `layers/0/attention/query`: loraA [in, r] and loraB [r, out]. */
export type LoraParameters = { readonly [path: string]: LowRankFactors };

/** Low-rank changes of a model's kernels, kept apart from its parameters. */
export interface LoraAdapter {
  /**
   * Factors for the targets among some parameters, whose product is 0: the adapted model starts as the model itself.
   * @throws when a target is not there.
   */
  init(rng: Rng, parameters: Tree): LoraParameters;
  /** The parameters together with the factors, for {@link causalTransformer}: y = x·W + (α/r)·(x·A)·B. Differentiable by the factors. The leaves of the parameters are themselves, not copies. */
  attach(parameters: TransformerParameters, factors: LoraParameters): TransformerParameters;
  /** Parameters of the same structure with W + (α/r)·A·B in place of the adapted kernels, for any module. Leaves that are not adapted are themselves, not copies. */
  merge<P extends Tree>(parameters: P, factors: LoraParameters): P;
}

const KERNEL = '/kernel';

/** The paths of the maps whose kernels [in, out] have one of the names. */
function targetsIn(parameters: Tree, names: readonly string[]): Map<string, readonly number[]> {
  const maps = treeLeaves(parameters).filter(({ path, tensor }) => path.endsWith(KERNEL) && tensor.rank === 2);
  const all = maps.map(({ path, tensor }): [string, readonly number[]] => [path.slice(0, -KERNEL.length), tensor.shape]);
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
  const missing = names.find((name) => !all.some(([path]) => nameOf(path) === name));
  if (missing !== undefined) throw new Error(`loraAdapter: the parameters have no map '${missing}'; there are ${[...new Set(all.map(([path]) => nameOf(path)))].join(', ')}`);
  return new Map(all.filter(([path]) => names.includes(nameOf(path))));
}

/** Replaces the records that stand at paths. */
function replaceAt(tree: Tree, path: string, replacements: { readonly [path: string]: (node: { readonly [key: string]: Tree }) => Tree }): Tree {
  if (tree instanceof tf.Tensor) return tree;
  const inner = (key: string, child: Tree): Tree => replaceAt(child, path === '' ? key : `${path}/${key}`, replacements);
  if (Array.isArray(tree)) return tree.map((child: Tree, i) => inner(String(i), child));
  const node = Object.fromEntries(Object.entries(tree).map(([key, child]): [string, Tree] => [key, inner(key, child as Tree)]));
  return path in replacements ? replacements[path](node) : node;
}

/**
 * Low-rank adaptation: a frozen kernel W [in, out] becomes W + (α/r)·A·B with A [in, r] and B [r, out], of which only A and B are learned. A starts from U(±1/√in),
 * B from 0.
 *
 *     const lora = loraAdapter({ rank: 8, alpha: 16 });
 *     let factors = lora.init(rng, parameters);
 *     valueAndGrad((own: LoraParameters) => loss(model.apply(lora.attach(parameters, own), input)))(factors);
 *
 * Source: Hu et al., "LoRA: low-rank adaptation of large language models" (2021), section 4.1, with x on the left; the uniform start is that of its authors' code.
 *
 * @throws when the rank is no positive integer.
 */
export function loraAdapter(options: LoraOptions): LoraAdapter {
  const { rank, alpha = rank, targets = ['query', 'value'] } = options;
  if (!Number.isInteger(rank) || rank < 1) throw new Error(`loraAdapter: rank should be a positive integer, got ${rank}`);
  const scale = alpha / rank;

  const change = <P extends Tree>(parameters: P, factors: LoraParameters, f: (node: { readonly [key: string]: Tree }, factors: LowRankFactors) => Tree): P => {
    const paths = targetsIn(parameters, targets);
    const unknown = Object.keys(factors).find((path) => !paths.has(path));
    if (unknown !== undefined) throw new Error(`loraAdapter: the parameters have no map at '${unknown}' to adapt`);
    return replaceAt(parameters, '', Object.fromEntries(Object.entries(factors).map(([path, own]) => [path, (node) => f(node, own)]))) as P;
  };

  return {
    init: (rng, parameters) => {
      const start = uniformFanIn();
      const factors = [...targetsIn(parameters, targets)].map(([path, [from, to]]): [string, LowRankFactors] => [path, { loraA: parameter(rng, start, [from, rank]), loraB: tf.zeros([rank, to]) }]);
      return Object.fromEntries(factors);
    },
    attach: (parameters, factors) => change(parameters, factors, (node, { loraA, loraB }) => ({ ...node, loraA, loraB: loraB.mul(scale) })),
    merge: (parameters, factors) =>
      change(parameters, factors, (node, { loraA, loraB }) => ({ ...node, kernel: tf.tidy(() => (node['kernel'] as tf.Tensor).add(tf.matMul(loraA, loraB).mul(scale))) })),
  };
}
