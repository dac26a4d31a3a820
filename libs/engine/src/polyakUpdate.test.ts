import { beforeAll, describe, expect, it } from 'vitest';
import { polyakUpdate } from './polyakUpdate.js';
import { tf } from './tf.js';
import { disposeTree, treeTensors, type Tree } from './tree.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const numbers = (tree: Tree): number[] => treeTensors(tree).flatMap((x) => [...x.dataSync()]);
const target = (): Tree => ({ w: tf.tensor1d([1, 2]), b: tf.scalar(0) });
const online = (): Tree => ({ w: tf.tensor1d([3, -2]), b: tf.scalar(4) });

describe('polyakUpdate', () => {
  it('moves by tau towards the online parameters', () => {
    expect(numbers(polyakUpdate(target(), online(), { tau: 0.25 }))).toEqual([1, 1.5, 1]);
    expect(numbers(polyakUpdate(target(), online(), { tau: 1 }))).toEqual(numbers(online()));
    expect(numbers(polyakUpdate(target(), online(), { tau: 0 }))).toEqual(numbers(target()));
    expect(numbers(polyakUpdate(target(), online(), {}))).toEqual(numbers(online()));
  });

  it('n soft updates leave (1 - tau)^n of the distance', () => {
    let moving = target();
    for (let i = 0; i < 100; i++) moving = polyakUpdate(moving, online(), { tau: 0.05 });
    expect(numbers(moving)[0]).toBeCloseTo(4 * (1 - 0.95 ** 100), 4);
  });

  it.each([
    ['number', (step: number) => step],
    ['int32 tensor', (step: number) => tf.scalar(step, 'int32')],
    ['float32 tensor', (step: number) => tf.scalar(step)],
  ])('copies every so many steps, the step being a %s', (_, asStep) => {
    const moved = [0, 1, 2, 3, 4, 5, 6, 7].filter((step) => numbers(polyakUpdate(target(), online(), { everySteps: 3, step: asStep(step) }))[0] === 4);
    expect(moved).toEqual([0, 3, 6]);
    expect(numbers(polyakUpdate(target(), online(), { everySteps: 3, step: asStep(4) }))).toEqual(numbers(target()));
    expect(numbers(polyakUpdate(target(), online(), { everySteps: 3, step: asStep(9) }))).toEqual(numbers(online()));
    expect(numbers(polyakUpdate(target(), online(), { everySteps: 3, step: asStep(9), tau: 0.25 }))).toEqual([1, 1.5, 1]);
  });

  it('copies whole-number leaves when it moves', () => {
    const [old, now] = [{ n: tf.scalar(1, 'int32') }, { n: tf.scalar(10, 'int32') }];
    for (const [options, expected] of [
      [{ tau: 0.1 }, 10],
      [{ tau: 0 }, 1],
      [{ everySteps: 2, step: tf.scalar(3, 'int32') }, 1],
      [{ everySteps: 2, step: tf.scalar(4, 'int32') }, 10],
    ] as const) {
      const { n } = polyakUpdate(old, now, options);
      expect([n.dtype, numbers(n)]).toEqual(['int32', [expected]]);
    }
  });

  it('returns fresh tensors and leaks none', () => {
    const [old, now, step] = [target(), online(), tf.scalar(4, 'int32')];
    const before = tf.memory().numTensors;
    for (const options of [{ tau: 0.5 }, { tau: 1 }, { tau: 0 }, { everySteps: 2, step: 3 }, { everySteps: 2, step }]) disposeTree(polyakUpdate(old, now, options));
    expect(tf.memory().numTensors).toBe(before);
    expect([...numbers(old), ...numbers(now)]).toEqual([0, 1, 2, 4, 3, -2]);
  });

  it('refuses what makes no sense', () => {
    expect(() => polyakUpdate(target(), online(), { tau: 1.5 })).toThrow('tau must be in [0, 1], got 1.5');
    expect(() => polyakUpdate(target(), online(), { everySteps: 0, step: 1 })).toThrow('everySteps must be a positive integer, got 0');
    expect(() => polyakUpdate(target(), online(), { everySteps: 10 })).toThrow('everySteps needs the step');
    expect(() => polyakUpdate(target(), { w: tf.zeros([2]) }, { tau: 0.5 })).toThrow("differ at 'b'");
  });
});
