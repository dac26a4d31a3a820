import type { NdArray } from '../ndarray.js';
import { Rng } from '../rng.js';
import { tf } from '../tf.js';
import type { ElementType } from './graph.js';
import { type Layout, layoutOf, type LeafSpec, type Skeleton } from './layout.js';
import { type AnyRank, type BufferArray, newBuffer, Packed } from './packed.js';

/** What stands at a leaf of an argument. */
type Leaf = tf.Tensor | NdArray | { readonly data: BufferArray };

/** An argument of a compiled function, taken apart. */
export interface Flat {
  readonly layout: Layout;
  readonly leaves: readonly Leaf[];
  readonly streams: readonly Rng[];
  /** The argument itself where it is packed already. */
  readonly packed?: Packed;
}

function isArray(value: object): value is NdArray {
  return ArrayBuffer.isView((value as NdArray).data) && Array.isArray((value as NdArray).shape) && typeof (value as NdArray).dtype === 'string';
}

const elementTypes: { readonly [dtype: string]: ElementType } = { float32: 'float32', float64: 'float32', int32: 'int32', uint8: 'uint8', bool: 'bool' };

/** Collects the leaves of an argument, and what tells arguments of one form from others. */
class Collector {
  readonly specs: LeafSpec[] = [];
  readonly leaves: Leaf[] = [];
  readonly streams: Rng[] = [];
  key = '';

  visit(value: unknown, path: string): Skeleton {
    if (value instanceof tf.Tensor || (typeof value === 'object' && value !== null && isArray(value))) return this.#leaf(value, value.dtype, value.shape, path);
    if (value instanceof Packed) return this.#repack(value, path);
    if (value instanceof Rng) {
      this.key += 'rng';
      return { kind: 'rng', stream: this.streams.push(value) - 1 };
    }
    if (Array.isArray(value)) {
      this.key += '(';
      const children = value.map((child, i) => this.#child(child, path, String(i)));
      this.key += ')';
      return { kind: 'list', children };
    }
    if (typeof value === 'object' && value !== null) return this.#record(value, path);
    return this.#static(value, path);
  }

  #child(child: unknown, path: string, key: string): Skeleton {
    const skeleton = this.visit(child, path === '' ? key : `${path}/${key}`);
    this.key += ',';
    return skeleton;
  }

  #leaf(leaf: Leaf, dtype: string, shape: readonly number[], path: string): Skeleton {
    const type = elementTypes[dtype];
    if (type === undefined) throw new Error(`compile: '${path}' is a ${dtype} tensor; cast it to float32, int32 or bool`);
    this.key += `${type}[${shape.join()}]`;
    this.specs.push({ path, dtype: type, shape: [...shape] });
    return { kind: 'leaf', leaf: this.leaves.push(leaf) - 1 };
  }

  #record(value: object, path: string): Skeleton {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw new Error(`compile: '${path}' is ${value.constructor.name}; arguments and results are made of tensors, arrays, random streams, records, lists and plain values`);
    }
    this.key += '{';
    const children = Object.keys(value)
      .sort()
      .map((key): [string, Skeleton] => {
        this.key += `${JSON.stringify(key)}:`;
        return [key, this.#child((value as { [key: string]: unknown })[key], path, key)];
      });
    this.key += '}';
    return { kind: 'record', children };
  }

  #static(value: unknown, path: string): Skeleton {
    if (!['number', 'string', 'boolean', 'undefined'].includes(typeof value) && value !== null) {
      throw new Error(`compile: '${path}' is a ${typeof value}; arguments and results are made of tensors, arrays, random streams, records, lists and plain values`);
    }
    this.key += typeof value === 'string' ? JSON.stringify(value) : Object.is(value, -0) ? '-0' : String(value);
    return { kind: 'static', value };
  }

  /** A packed tree inside an argument gives its leaves. */
  #repack({ layout, buffers }: Packed, path: string): Skeleton {
    const first = this.leaves.length;
    this.key += layout.key;
    for (const { buffer, offset, size, dtype, shape, path: inner } of layout.leaves) {
      this.specs.push({ path: `${path}/${inner}`, dtype, shape });
      this.leaves.push({ data: buffers[buffer].subarray(offset, offset + size) });
    }
    const renumber = (skeleton: Skeleton): Skeleton => {
      if (skeleton.kind === 'leaf') return { kind: 'leaf', leaf: first + skeleton.leaf };
      if (skeleton.kind === 'list') return { kind: 'list', children: skeleton.children.map(renumber) };
      return skeleton.kind === 'record' ? { kind: 'record', children: skeleton.children.map(([key, child]) => [key, renumber(child)]) } : skeleton;
    };
    return renumber(layout.skeleton);
  }
}

/**
 * Takes a tree apart.
 * @throws when something is neither tensor nor array, random stream, record, list or plain value, naming its path.
 */
export function flattenArgument(argument: unknown, name: string): Flat {
  if (argument instanceof Packed) return { layout: argument.layout, leaves: [], streams: [], packed: argument };
  const collector = new Collector();
  const skeleton = collector.visit(argument, name);
  const specs = collector.specs.map((spec) => ({ ...spec, path: name === '' ? spec.path : spec.path.slice(name.length + 1) }));
  return { layout: layoutOf(collector.key, skeleton, specs), leaves: collector.leaves, streams: collector.streams };
}

/** The elements of leaves that are tensors can be read at once, except on a GPU. */
function elementsOf(leaf: Leaf): ArrayLike<number> {
  return leaf instanceof tf.Tensor ? leaf.dataSync<'float32'>() : leaf.data;
}

/** The buffers of an argument; copies, unless it is packed. */
export function buffersOf({ layout, leaves, packed }: Flat): readonly BufferArray[] {
  if (packed !== undefined) return packed.buffers;
  const buffers = layout.buffers.map(({ dtype, size }) => newBuffer(dtype, size));
  layout.leaves.forEach(({ buffer, offset }, i) => buffers[buffer].set(elementsOf(leaves[i]), offset));
  return buffers;
}

/**
 * A tree in the form that compiled functions keep: once for the state of a learner before its first update.
 * @param tree tensors or arrays in records and lists.
 * @throws when something is neither, naming its path.
 */
export function pack<T>(tree: T): Packed<AnyRank<T>> {
  const flat = flattenArgument(tree, '');
  if (flat.streams.length > 0) throw new Error('pack: a random stream cannot be packed; hand it to the compiled function as an argument of its own');
  return new Packed(flat.layout, buffersOf(flat));
}
