import { sizeOf } from '../ndarray.js';
import type { ElementType } from './graph.js';

/** The form of a tree, with its leaves by number. */
export type Skeleton =
  | { readonly kind: 'leaf'; readonly leaf: number }
  | { readonly kind: 'rng'; readonly stream: number }
  | { readonly kind: 'static'; readonly value: unknown }
  | { readonly kind: 'record'; readonly children: readonly (readonly [string, Skeleton])[] }
  | { readonly kind: 'list'; readonly children: readonly Skeleton[] };

export interface LeafSpec {
  readonly path: string;
  readonly dtype: ElementType;
  readonly shape: readonly number[];
}

/** A leaf and where it lies. */
export interface PlacedLeaf extends LeafSpec {
  readonly buffer: number;
  readonly offset: number;
  readonly size: number;
}

export interface BufferSpec {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly size: number;
}

/** How the leaves of a tree lie in memory: small ones of a type together in one vector, so that a call has few inputs and outputs; large ones by themselves. */
export interface Layout {
  readonly key: string;
  readonly skeleton: Skeleton;
  readonly leaves: readonly PlacedLeaf[];
  readonly buffers: readonly BufferSpec[];
}

/** Leaves of more elements than this are not packed: copying them costs more than another input. */
const PACKED_ELEMENTS = 8192;

const layouts = new Map<string, Layout>();

/**
 * The layout of a tree; the same for the same key. The key must tell the skeleton, the types and the shapes.
 * @param packedElements leaves up to this size lie together.
 */
export function layoutOf(key: string, skeleton: Skeleton, specs: readonly LeafSpec[], packedElements = PACKED_ELEMENTS): Layout {
  const known = layouts.get(key);
  if (known !== undefined) return known;
  const layout = { key, skeleton, ...place(specs, packedElements) };
  layouts.set(key, layout);
  return layout;
}

function place(specs: readonly LeafSpec[], packedElements: number): Pick<Layout, 'leaves' | 'buffers'> {
  const buffers: BufferSpec[] = [];
  const leaves: PlacedLeaf[] = [];
  const isSmall = ({ shape }: LeafSpec) => sizeOf(shape) <= packedElements;
  const small = new Map<ElementType, LeafSpec[]>();
  specs.forEach((spec) => {
    if (isSmall(spec)) small.set(spec.dtype, [...(small.get(spec.dtype) ?? []), spec]);
  });
  const packs = new Map<ElementType, number>();
  for (const [dtype, list] of small) {
    if (list.length < 2) continue;
    const size = list.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    packs.set(dtype, buffers.push({ dtype, shape: [size], size }) - 1);
  }
  const filled = buffers.map(() => 0);
  for (const spec of specs) {
    const size = sizeOf(spec.shape);
    const pack = isSmall(spec) ? packs.get(spec.dtype) : undefined;
    if (pack === undefined) {
      leaves.push({ ...spec, buffer: buffers.push({ dtype: spec.dtype, shape: spec.shape, size }) - 1, offset: 0, size });
    } else {
      leaves.push({ ...spec, buffer: pack, offset: filled[pack], size });
      filled[pack] += size;
    }
  }
  return { leaves, buffers };
}

/** Builds a tree of the given form. */
export function build(skeleton: Skeleton, leafOf: (leaf: number) => unknown, rngOf: (stream: number) => unknown = () => undefined): unknown {
  switch (skeleton.kind) {
    case 'leaf':
      return leafOf(skeleton.leaf);
    case 'rng':
      return rngOf(skeleton.stream);
    case 'static':
      return skeleton.value;
    case 'list':
      return skeleton.children.map((child) => build(child, leafOf, rngOf));
    case 'record':
      return Object.fromEntries(skeleton.children.map(([key, child]) => [key, build(child, leafOf, rngOf)]));
  }
}
