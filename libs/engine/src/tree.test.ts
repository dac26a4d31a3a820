import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { tf } from './tf.js';
import { cloneTree, disposeTree, keepTree, tidyTree, treeFrom, treeLeaves, treeMap, treeTensors, type Tree } from './tree.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const example = (): { b: tf.Tensor[]; a: { y: tf.Tensor; x: tf.Tensor }; empty: Record<string, never> } => ({
  b: Array.from({ length: 11 }, (_, i) => tf.scalar(i)),
  a: { y: tf.scalar(100), x: tf.scalar(101) },
  empty: {},
});
const numbers = (tree: Tree): number[] => treeTensors(tree).flatMap((x) => [...x.dataSync()]);

describe('treeLeaves', () => {
  it('goes by sorted keys and by index, whatever the order of insertion', () => {
    expect(treeLeaves(example()).map((leaf) => leaf.path)).toEqual(['a/x', 'a/y', ...Array.from({ length: 11 }, (_, i) => `b/${i}`)]);
    expect(numbers(example())).toEqual([101, 100, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(treeLeaves(tf.scalar(1), 'here').map((leaf) => leaf.path)).toEqual(['here']);
    expect(treeLeaves({})).toEqual([]);
  });

  it('refuses what is no tree, naming the path', () => {
    const wrong = (value: unknown): Tree => ({ layers: [{ kernel: value }] }) as Tree;
    expect(() => treeLeaves(wrong(3))).toThrow("tree: 'layers/0/kernel' is number; a tree is made of tensors, records and lists");
    expect(() => treeLeaves(wrong(undefined))).toThrow("'layers/0/kernel' is undefined");
    expect(() => treeLeaves(wrong(null))).toThrow("'layers/0/kernel' is null");
    expect(() => treeLeaves(wrong(new Float32Array(2)))).toThrow("'layers/0/kernel' is Float32Array");
  });
});

describe('treeFrom and treeMap', () => {
  it('rebuild any structure', () => {
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof({ depthSize: 'small' }, fc.integer({ min: -9, max: 9 }).map((x) => tf.scalar(x) as Tree), fc.dictionary(fc.string({ maxLength: 3 }), tie('tree'), { maxKeys: 4, noNullPrototype: true }), fc.array(tie('tree'), { maxLength: 4 })),
    }));
    fc.assert(
      fc.property(tree, (given) => {
        const rebuilt = treeFrom(given, treeTensors(given));
        expect(treeLeaves(rebuilt)).toEqual(treeLeaves(given));
        expect(numbers(treeMap((x) => x.add(1), given))).toEqual(numbers(given).map((x) => x + 1));
        expect(Array.isArray(rebuilt)).toBe(Array.isArray(given));
      }),
    );
  });

  it('map over several trees, leaf by leaf', () => {
    expect(numbers(treeMap((x, y, z) => x.add(y).mul(z), { p: [tf.scalar(1)], q: tf.scalar(2) }, { q: tf.scalar(20), p: [tf.scalar(10)] }, { p: [tf.scalar(2)], q: tf.scalar(3) }))).toEqual([22, 66]);
  });

  it('refuse other structures, naming the first path that differs', () => {
    const x = tf.scalar(1);
    const add = (a: tf.Tensor, b: tf.Tensor): tf.Tensor => a.add(b);
    expect(() => treeMap(add, { a: x, b: x }, { a: x, c: x })).toThrow("treeMap: the trees differ at 'b'");
    expect(() => treeMap(add, { a: x }, { a: x, b: x })).toThrow("treeMap: the trees differ at 'b'");
    expect(() => treeMap(add, { a: x, b: x }, { a: x })).toThrow("treeMap: the trees differ at 'b'");
    expect(() => treeFrom({ a: x, b: x }, [x])).toThrow('treeFrom: 1 tensors are too few for the structure');
    expect(() => treeFrom({ a: x }, [x, x])).toThrow('treeFrom: the structure has 1 leaves, but 2 tensors were given');
  });
});

describe('memory', () => {
  it('disposeTree frees all leaves of all trees', () => {
    const before = tf.memory().numTensors;
    disposeTree(example(), example(), tf.scalar(1));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keepTree saves a tree from a tidy', () => {
    const before = tf.memory().numTensors;
    let kept: Tree = {};
    tf.tidy(() => {
      kept = keepTree(example());
    });
    expect(numbers(kept)).toHaveLength(13);
    disposeTree(kept);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a clone outlives its original', () => {
    const original = example();
    const clone = cloneTree(original);
    disposeTree(original);
    expect(numbers(clone)[0]).toBe(101);
    disposeTree(clone);
  });

  it('tidyTree keeps what it returns and frees the rest', () => {
    const before = tf.memory().numTensors;
    const { tree, list } = tidyTree(() => {
      const x = tf.scalar(2).square();
      return { tree: { x }, list: [x.add(1)] };
    });
    expect([...numbers(tree), ...numbers(list)]).toEqual([4, 5]);
    expect(tf.memory().numTensors).toBe(before + 2);
    disposeTree(tree, list);
  });
});
