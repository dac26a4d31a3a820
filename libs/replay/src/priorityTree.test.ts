import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PriorityTree } from './priorityTree.js';

describe('PriorityTree', () => {
  it('agrees with a scan over plain numbers', () => {
    const write = fc.record({ index: fc.nat(), value: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 13 }), fc.array(write, { minLength: 1, maxLength: 30 }), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (capacity, writes, u) => {
        const tree = new PriorityTree(capacity);
        const plain = new Map<number, number>();
        for (const { index, value } of writes) {
          tree.set(index % capacity, value);
          plain.set(index % capacity, value);
        }
        const leaves = Array.from({ length: capacity }, (_, i) => plain.get(i) ?? 0);
        expect(tree.total).toBe(leaves.reduce((a, b) => a + b));
        expect(tree.min).toBe(Math.min(...plain.values()));
        expect(leaves.map((_, i) => tree.get(i))).toEqual(leaves);
        let left = u * tree.total;
        let expected = 0;
        while (left >= leaves[expected]) left -= leaves[expected++];
        expect(tree.find(u * tree.total)).toBe(expected);
      }),
    );
  });

  it('never finds a leaf that was not set, even at or beyond the total', () => {
    const tree = new PriorityTree(5);
    for (let i = 0; i < 3; i++) tree.set(i, 0.1);
    expect(tree.find(tree.total)).toBe(2);
    expect(tree.find(1)).toBe(2);
  });
});
