import { beforeAll, describe, expect, it } from 'vitest';
import { adam } from './adam.js';
import { ndarray } from './ndarray.js';
import { joinSnapshots, type Snapshot, snapshotPart } from './snapshot.js';
import { tf } from './tf.js';
import { disposeTree, treeLeaves, treeTensors, type Tree } from './tree.js';
import { treeFromSnapshot } from './treeFromSnapshot.js';
import { treeSnapshot } from './treeSnapshot.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const part = (value: number): Snapshot => ({ arrays: { x: ndarray('float64', [1], Float64Array.of(value)), 'deep/y': ndarray('uint8', [0]) }, data: { value } });

describe('joinSnapshots and snapshotPart', () => {
  it('give back what was joined, nested too', () => {
    const joined = joinSnapshots({ outer: joinSnapshots({ a: part(1), ab: part(2) }), a: part(3), empty: { arrays: {}, data: {} } });
    expect(Object.keys(joined.arrays)).toEqual(['outer/a/x', 'outer/a/deep/y', 'outer/ab/x', 'outer/ab/deep/y', 'a/x', 'a/deep/y']);
    expect(snapshotPart(snapshotPart(joined, 'outer'), 'a')).toEqual(part(1));
    expect(snapshotPart(snapshotPart(joined, 'outer'), 'ab')).toEqual(part(2));
    expect(snapshotPart(joined, 'a')).toEqual(part(3));
    expect(snapshotPart(joined, 'empty')).toEqual({ arrays: {}, data: {} });
  });

  it('name the part that is missing', () => {
    const joined = joinSnapshots({ actor: part(1), learner: part(2) });
    expect(() => snapshotPart(joined, 'critic')).toThrow("snapshotPart: no part named 'critic'; there are actor, learner");
    expect(() => snapshotPart(joined, '__proto__')).toThrow("no part named '__proto__'");
    expect(() => snapshotPart({ arrays: {}, data: { list: [1] } }, 'list')).toThrow("no part named 'list'");
    expect(() => snapshotPart({ arrays: {}, data: {} }, 'a')).toThrow('there are none');
  });

  it('refuse names that lie inside one another', () => {
    expect(() => joinSnapshots({ env: part(1), 'env/0': part(2) })).toThrow("joinSnapshots: 'env/0' lies inside 'env'");
    expect(Object.keys(joinSnapshots({ 'env/0': part(1), 'env/1': part(2) }).data)).toEqual(['env/0', 'env/1']);
  });
});

describe('treeSnapshot and treeFromSnapshot', () => {
  const tree = (): { kernel: tf.Tensor; list: tf.Tensor[]; mask: tf.Tensor; count: tf.Tensor } => ({
    kernel: tf.tensor2d([[1.5, -0], [Number.NaN, 1e-40]]),
    list: [tf.tensor1d([7]), tf.zeros([0, 2])],
    mask: tf.tensor1d([true, false], 'bool'),
    count: tf.scalar(2 ** 31 - 1, 'int32'),
  });
  const outline = (given: Tree): unknown[] => treeLeaves(given).map(({ path, tensor }) => [path, tensor.dtype, tensor.shape, [...tensor.dataSync()]]);

  it('give back the tree bit for bit, by path, shape and type', async () => {
    const snapshot = await treeSnapshot(tree());
    expect(Object.keys(snapshot.arrays)).toEqual(['count', 'kernel', 'list/0', 'list/1', 'mask']);
    expect(outline(treeFromSnapshot(tree(), snapshot))).toEqual(outline(tree()));
  });

  it('keep an optimizer state and a lone tensor', async () => {
    const transform = adam(0.1);
    const parameters = { w: tf.tensor1d([1, 2]) };
    const { state } = transform.update({ w: tf.tensor1d([0.3, -4]) }, transform.init(parameters), parameters);
    expect(outline(treeFromSnapshot(transform.init(parameters), await treeSnapshot(state)))).toEqual(outline(state));
    expect(outline(treeFromSnapshot(tf.scalar(0), await treeSnapshot(tf.scalar(5))))).toEqual([['', 'float32', [], [5]]]);
  });

  it('copy in both directions', async () => {
    const given = { x: tf.tensor1d([1, 2]) };
    const snapshot = await treeSnapshot(given);
    const restored = treeFromSnapshot(given, snapshot);
    snapshot.arrays['x'].data.fill(9);
    expect([...restored.x.dataSync(), ...given.x.dataSync()]).toEqual([1, 2, 1, 2]);
  });

  it('take the element types that uploading joins', () => {
    const snapshot = { arrays: { f: ndarray('float64', [1], Float64Array.of(0.5)), i: ndarray('uint8', [1], Uint8Array.of(200)) }, data: {} };
    expect(treeTensors(treeFromSnapshot({ f: tf.zeros([1]), i: tf.zeros([1], 'int32') }, snapshot)).map((x) => [x.dtype, x.dataSync()[0]])).toEqual([['float32', 0.5], ['int32', 200]]);
  });

  it('refuse what does not fit, naming the path', async () => {
    const snapshot = await treeSnapshot({ a: tf.zeros([2, 3]), b: tf.scalar(1, 'int32') });
    const b = tf.scalar(0, 'int32');
    expect(() => treeFromSnapshot({ a: tf.zeros([2, 3]), b, c: { d: b } }, snapshot)).toThrow("treeFromSnapshot: the snapshot lacks 'c/d'");
    expect(() => treeFromSnapshot({ a: tf.zeros([2, 3]) }, snapshot)).toThrow("the snapshot has 'b', which the structure lacks");
    expect(() => treeFromSnapshot({ a: tf.zeros([3, 2]), b }, snapshot)).toThrow("'a' has the shape [2, 3], but the structure needs [3, 2]");
    expect(() => treeFromSnapshot({ a: tf.zeros([6]), b }, snapshot)).toThrow("'a' has the shape [2, 3], but the structure needs [6]");
    expect(() => treeFromSnapshot({ a: tf.zeros([2, 3]), b: tf.scalar(0) }, snapshot)).toThrow("'b' holds int32, but the structure needs float32");
    const many = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`p${i}`, tf.scalar(0)]));
    expect(() => treeFromSnapshot(many, { arrays: {}, data: {} })).toThrow("lacks 'p0', 'p1', 'p2', 'p3', 'p4' and 3 more");
    await expect(treeSnapshot({ 'a/b': tf.scalar(1), a: { b: tf.scalar(2) } })).rejects.toThrow("two tensors have the path 'a/b'");
  });

  it('leak nothing', async () => {
    const given = tree();
    const before = tf.memory().numTensors;
    disposeTree(treeFromSnapshot(given, await treeSnapshot(given)));
    expect(tf.memory().numTensors).toBe(before);
  });
});
