import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { adam } from './adam.js';
import { adamW } from './adamW.js';
import { applyUpdates } from './applyUpdates.js';
import { chain } from './chain.js';
import { clipByGlobalNorm } from './clipByGlobalNorm.js';
import { clipTreeByGlobalNorm } from './clipTreeByGlobalNorm.js';
import { cosineSchedule } from './cosineSchedule.js';
import { flatten } from './flatten.js';
import { globalNorm } from './globalNorm.js';
import type { GradientTransform } from './gradientTransform.js';
import { linearSchedule } from './linearSchedule.js';
import { momentum } from './momentum.js';
import { fromTensor, toTensor } from './ndarray.js';
import { rmsprop } from './rmsprop.js';
import { Rng } from './rng.js';
import { scaleByAdam } from './scaleByAdam.js';
import { scaleByRms } from './scaleByRms.js';
import { scaleBySchedule } from './scaleBySchedule.js';
import { sgd } from './sgd.js';
import { tf } from './tf.js';
import { trace } from './trace.js';
import { cloneTree, disposeTree, treeFrom, treeLeaves, treeMap, treeTensors, type Tree } from './tree.js';
import { weightDecay } from './weightDecay.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Parameters = { a: tf.Tensor; b: tf.Tensor };

const start = (): Parameters => ({ a: tf.tensor1d([1, -2]), b: tf.tensor2d([[0.5], [3]]) });
const gradients = (): Parameters[] => [
  { a: tf.tensor1d([0.1, -0.3]), b: tf.tensor2d([[2], [0]]) },
  { a: tf.tensor1d([-0.2, 0.4]), b: tf.tensor2d([[1], [0]]) },
  { a: tf.tensor1d([0.3, 0.05]), b: tf.tensor2d([[-4], [0.01]]) },
];

const transforms: { [name: string]: GradientTransform } = {
  sgd: sgd(0.1),
  momentum: momentum(0.1),
  nesterov: momentum(0.1, { nesterov: true }),
  adam: adam(0.1),
  adamLargeEpsilon: adam(0.1, { beta1: 0.5, beta2: 0.9, epsilon: 0.1 }),
  adamW: adamW(0.1),
  rmsprop: rmsprop(0.1),
  rmspropOutside: rmsprop(0.1, { decay: 0.99, epsilonPlace: 'outside' }),
  rmspropCentered: rmsprop(0.1, { epsilon: 1e-3, centered: true }),
  clipAdam: chain(clipByGlobalNorm(0.5), adam(0.1)),
  clip: chain(clipByGlobalNorm(0.5), sgd(1)),
  l2: chain(weightDecay(0.1), sgd(0.1)),
  linear: sgd(linearSchedule({ from: 1, to: 0, steps: 4 })),
  cosineAdam: adam(cosineSchedule({ from: 0.1, to: 0, steps: 4 })),
};

/**
 * Parameters (a, then b) after each of the three gradients above, from optax 0.2.8 on JAX 0.10.2 in float64:
 * sgd, sgd(momentum=0.9), adam, adamw(weight_decay=0.01), rmsprop(eps_in_sqrt), clip_by_global_norm,
 * add_decayed_weights, linear_schedule and cosine_decay_schedule with the same numbers.
 */
const optax: { [name: string]: number[][] } = {
  sgd: [[0.99, -1.97, 0.3, 3.0], [1.01, -2.01, 0.2, 3.0], [0.98, -2.015, 0.6, 2.999]],
  momentum: [[0.99, -1.97, 0.3, 3.0], [1.001, -1.983, 0.02, 3.0], [0.9809, -1.9997, 0.168, 2.999]],
  nesterov: [[0.981, -1.943, 0.12, 3.0], [1.0109, -1.9947, -0.232, 3.0], [0.96281, -2.01473, 0.3012, 2.9981]],
  adam: [[0.90000001, -1.9, 0.400000001, 3.0], [0.93661036, -1.91935104, 0.306782037, 3.0], [0.902286254, -1.94059583, 0.32741774, 2.93611875]],
  adamLargeEpsilon: [[0.95, -1.925, 0.404761905, 3.0], [0.988374309, -1.96153777, 0.324245304, 3.0], [0.948500848, -1.98754329, 0.38490392, 2.99461295]],
  adamW: [[0.89900001, -1.898, 0.399500001, 2.997], [0.93471136, -1.91545304, 0.305882537, 2.994003], [0.899452543, -1.93478238, 0.326212357, 2.92712775]],
  rmsprop: [[0.683773815, -1.68377241, 0.183772238, 3.0], [0.969487809, -1.94143501, 0.0363302834, 3.0], [0.710424026, -1.97519105, 0.318188213, 2.68393023]],
  rmspropOutside: [[9.99999e-07, -1.00000033, -0.49999995, 3.0], [0.895323561, -1.80144407, -0.949013185, 3.0], [0.0918192825, -1.90162273, -0.074273537, 2.00001]],
  rmspropCentered: [[0.770584266, -1.68551455, 0.167128667, 3.0], [1.03367385, -1.9388466, 0.00545938252, 3.0], [0.780181794, -1.97206123, 0.288791549, 2.96851857]],
  clipAdam: [[0.90000004, -1.90000001, 0.400000002, 3.0], [0.954346381, -1.9437766, 0.300282657, 3.0], [0.969910515, -1.97961978, 0.276442217, 2.93611953]],
  clip: [[0.97530676, -1.92592028, 0.00613520168, 3.0], [1.06659385, -2.10849447, -0.450300263, 3.0], [1.0292019, -2.11472646, 0.0482591123, 2.9987536]],
  l2: [[0.98, -1.95, 0.295, 2.97], [0.9902, -1.9705, 0.19205, 2.9403], [0.950298, -1.955795, 0.5901295, 2.909897]],
  linear: [[0.9, -1.7, -1.5, 3.0], [1.05, -2.0, -2.25, 3.0], [0.9, -2.025, -0.25, 2.995]],
  cosineAdam: [[0.90000001, -1.9, 0.400000001, 3.0], [0.931248899, -1.91651715, 0.320433492, 3.0], [0.914086845, -1.92713954, 0.330751343, 2.96805938]],
};

function numbers(tree: Tree): number[] {
  return treeTensors(tree).flatMap((x) => [...x.dataSync()]);
}

/** The parameters after each gradient. */
function run(transform: GradientTransform, steps: Parameters[] = gradients()): number[][] {
  let parameters = start();
  let state = transform.init(parameters);
  return steps.map((gradient) => {
    const step = transform.update(gradient, state, parameters);
    state = step.state;
    parameters = applyUpdates(parameters, step.updates);
    return numbers(parameters);
  });
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 2e-6): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((x, i) => expect(Math.abs(x - expected[i]), `element ${i}: ${x} and ${expected[i]}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected[i]))));
}

describe.each(Object.entries(transforms))('%s', (name, transform) => {
  it('gives the numbers of optax', () => {
    const golden = optax[name];
    run(transform).forEach((row, i) => expectClose(row, golden[i]));
  });

  it('gives the same numbers on one flat vector', () => {
    const flat = run(flatten(transform));
    run(transform).forEach((row, i) => expectClose(flat[i], row, name.startsWith('clip') ? 1e-6 : 0));
  });

  it('is pure, gives fresh tensors and leaks none', () => {
    const parameters = start();
    const [gradient] = gradients();
    const state = transform.init(parameters);
    const given = [parameters, gradient, state].map(numbers);
    const before = tf.memory().numTensors;
    const step = transform.update(gradient, state, parameters);
    const made = [...treeTensors(step.updates), ...treeTensors(step.state)];
    expect(tf.memory().numTensors).toBe(before + made.length);
    expect(new Set(made.map((x) => x.id)).size).toBe(made.length);
    disposeTree(step.updates, step.state);
    expect(tf.memory().numTensors).toBe(before);
    expect([parameters, gradient, state].map(numbers)).toEqual(given);
    const again = transform.init(parameters);
    disposeTree(again);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('keeps finite where every gradient is zero, and leaves the parameters there without decay', () => {
    const zeros = Array.from({ length: 5 }, () => treeMap((x) => tf.zerosLike(x), start()));
    const last = run(transform, zeros)[4];
    if (['adamW', 'l2'].includes(name)) expect(last.every(Number.isFinite)).toBe(true);
    else expect(last).toEqual([1, -2, 0.5, 3]);
  });

  it('continues identically from a state that was stored and restored', async () => {
    const steps = [...gradients(), ...gradients()];
    const expected = run(transform, steps)[5];
    let parameters = start();
    let state = transform.init(parameters);
    for (const [i, gradient] of steps.entries()) {
      if (i === 3) {
        const arrays = await Promise.all(treeLeaves(state).map((leaf) => fromTensor(leaf.tensor)));
        state = treeFrom(transform.init(start()), arrays.map(toTensor));
      }
      const step = transform.update(gradient, state, parameters);
      state = step.state;
      parameters = applyUpdates(parameters, step.updates);
    }
    expect(numbers(parameters)).toEqual(expected);
  });

  it('gives a state that has the structure, shapes and types of the first one', () => {
    const state = transform.init(start());
    const next = transform.update(gradients()[0], state, start()).state;
    const outline = (tree: Tree): string[] => treeLeaves(tree).map(({ path, tensor }) => `${path} ${tensor.dtype} [${tensor.shape.join()}]`);
    expect(outline(next)).toEqual(outline(state));
  });
});

describe('convergence', () => {
  // f(x) = Σ cᵢ (x - xᵢ*)² / 2, condition number 100.
  const curvature = [1, 10, 100];
  const optimum = [3, -1, 0.5];
  const minimise = (transform: GradientTransform, steps: number): number[] =>
    tf.tidy(() => {
      let x: tf.Tensor = tf.zeros([3]);
      let state = transform.init(x);
      for (let i = 0; i < steps; i++) {
        const step = transform.update(x.sub(optimum).mul(curvature), state, x);
        state = step.state;
        x = applyUpdates(x, step.updates);
      }
      return numbers(x);
    });

  it.each([
    ['sgd', sgd(0.015), 800],
    ['momentum', momentum(0.01), 400],
    ['nesterov', momentum(0.005, { nesterov: true }), 600],
    ['adam', adam(cosineSchedule({ from: 0.1, to: 0, steps: 800 })), 800],
    ['rmsprop', rmsprop(linearSchedule({ from: 0.05, to: 0, steps: 800 })), 800],
    ['clipped adam', chain(clipByGlobalNorm(1), adam(cosineSchedule({ from: 0.1, to: 0, steps: 800 }))), 800],
  ] as const)('%s finds the minimum of a quadratic', (_, transform, steps) => {
    expectClose(minimise(transform, steps), optimum, 2e-3);
  });
});

describe('adam', () => {
  it('moves by the learning rate at the first step, whatever the scale of the gradient (bias correction)', () => {
    for (const scale of [1e-3, 1, 1e3]) {
      const transform = adam(0.01);
      const parameters = tf.tensor1d([0, 0]);
      const { updates } = transform.update(tf.tensor1d([scale, -scale]), transform.init(parameters), parameters);
      expectClose(numbers(updates), [-0.01, 0.01], 1e-7);
    }
  });

  it('keeps 1 - βᵗ as its bias corrections, also after thousands of steps', () => {
    const transform = scaleByAdam();
    const parameters = tf.scalar(0);
    let state = transform.init(parameters);
    for (let t = 1; t <= 3000; t++) {
      const next = transform.update(tf.scalar(1), state, parameters);
      disposeTree(state, next.updates);
      state = next.state;
      if ([1, 2, 10, 100, 3000].includes(t)) {
        expect(state.firstCorrection.dataSync()[0] / (1 - 0.9 ** t)).toBeCloseTo(1, 5);
        expect(state.secondCorrection.dataSync()[0] / (1 - 0.999 ** t)).toBeCloseTo(1, 4);
      }
    }
    // A constant gradient of one: m̂ = v̂ = 1.
    expect(numbers(transform.update(tf.scalar(1), state, parameters).updates)[0]).toBeCloseTo(1, 6);
  });

  it('divides by the gradient norm alone with both betas zero', () => {
    const transform = scaleByAdam({ beta1: 0, beta2: 0, epsilon: 1e-6 });
    const { updates } = transform.update(tf.tensor1d([5, -0.1, 0]), transform.init(tf.zeros([3])), tf.zeros([3]));
    expectClose(numbers(updates), [1, -1, 0], 2e-5);
  });

  it('refuses options out of range', () => {
    expect(() => adam(0.1, { beta1: 1 })).toThrow('beta1 and beta2 must be in [0, 1), got 1 and 0.999');
    expect(() => adam(0.1, { beta2: -0.1 })).toThrow('got 0.9 and -0.1');
    expect(() => adam(0.1, { epsilon: 0 })).toThrow('epsilon must be positive, got 0');
    expect(() => adam(Number.NaN)).toThrow('finite, got NaN');
    expect(() => rmsprop(0.1, { decay: 1 })).toThrow('rmsprop: decay must be in [0, 1), got 1');
    expect(() => rmsprop(0.1, { epsilon: -1 })).toThrow('rmsprop: epsilon must be positive, got -1');
    expect(() => momentum(0.1, { decay: 1 })).toThrow('trace: decay must be in [0, 1), got 1');
    expect(() => weightDecay(-1)).toThrow('weightDecay: decay must not be negative, got -1');
    expect(() => clipByGlobalNorm(0)).toThrow('clipByGlobalNorm: maxNorm must be positive, got 0');
  });
});

describe('chain', () => {
  it('composes: parts by hand are the whole', () => {
    const whole = run(adamW(0.1, { decay: 0.3, beta1: 0.8 }));
    expect(run(chain(scaleByAdam({ beta1: 0.8 }), weightDecay(0.3), sgd(0.1)))).toEqual(whole);
    expect(run(chain(chain(scaleByAdam({ beta1: 0.8 }), weightDecay(0.3)), chain(sgd(0.1))))).toEqual(whole);
    expect(run(chain(trace({ nesterov: true }), scaleBySchedule(-0.1)))).toEqual(run(momentum(0.1, { nesterov: true })));
  });

  it('without links passes the gradient on as a copy', () => {
    const [gradient] = gradients();
    const { updates } = chain().update(gradient, [], start());
    expect(numbers(updates)).toEqual(numbers(gradient));
    disposeTree(updates);
    expect(numbers(gradient)).toHaveLength(4);
  });
});

describe('scaleBySchedule', () => {
  it('evaluates at the number of updates made before, without a change of sign', () => {
    const transform = scaleBySchedule(linearSchedule({ from: 4, to: 0, steps: 4 }));
    let state = transform.init(tf.scalar(0));
    const values: number[] = [];
    for (let i = 0; i < 6; i++) {
      const step = transform.update(tf.scalar(2), state, tf.scalar(0));
      state = step.state;
      values.push(numbers(step.updates)[0]);
    }
    expect(values).toEqual([8, 6, 4, 2, 0, 0]);
    expect(state['count'].dtype).toBe('int32');
    expect(numbers(state)).toEqual([6]);
  });
});

describe('scaleByRms', () => {
  it('is safe where the variance of a constant gradient rounds below zero', () => {
    const transform = scaleByRms({ centered: true, epsilon: 1e-10 });
    let state = transform.init(tf.scalar(0));
    for (let i = 0; i < 300; i++) {
      const step = transform.update(tf.scalar(0.1), state, tf.scalar(0));
      state = step.state;
      expect(Number.isFinite(numbers(step.updates)[0])).toBe(true);
    }
  });
});

describe('weightDecay', () => {
  it('spares the leaves that the predicate names', () => {
    const transform = weightDecay(0.5, (path) => path === 'layers/0/kernel');
    const parameters = { layers: [{ kernel: tf.tensor1d([2]), bias: tf.tensor1d([2]) }] };
    const zeros = treeMap((x) => tf.zerosLike(x), parameters);
    const { updates } = transform.update(zeros, {}, parameters);
    expect(numbers(updates.layers[0].kernel)).toEqual([1]);
    expect(numbers(updates.layers[0].bias)).toEqual([0]);
  });

  it('refuses parameters of another structure', () => {
    expect(() => weightDecay(0.5).update({ a: tf.scalar(1) }, {}, { b: tf.scalar(1) } as unknown as { a: tf.Scalar })).toThrow("differ at 'a'");
  });
});

describe('globalNorm and clipping', () => {
  it('is the norm over all leaves', () => {
    expect(numbers(globalNorm({ a: tf.tensor1d([3, 0]), b: [tf.scalar(-4), tf.zeros([2, 2])] }))).toEqual([5]);
    expect(numbers(globalNorm({}))).toEqual([0]);
  });

  it('shrinks to the bound, keeps the direction, and leaves shorter gradients alone', () => {
    const tree = { a: tf.tensor1d([3]), b: tf.tensor1d([4]) };
    const { clipped, norm } = clipTreeByGlobalNorm(tree, 1);
    expectClose(numbers(clipped), [0.6, 0.8], 1e-7);
    expect(numbers(norm)).toEqual([5]);
    expect(numbers(clipTreeByGlobalNorm(tree, 5).clipped)).toEqual([3, 4]);
    expect(numbers(clipTreeByGlobalNorm(tree, 100).clipped)).toEqual([3, 4]);
    expect(numbers(clipTreeByGlobalNorm({ a: tf.zeros([3]) }, 1).clipped)).toEqual([0, 0, 0]);
    expect(() => clipTreeByGlobalNorm(tree, -1)).toThrow('maxNorm must be positive, got -1');
  });

  it('never exceeds the bound', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -1000, max: 1000 }), { minLength: 1, maxLength: 20 }), fc.float({ min: 0.0010000000474974513, max: 100, noNaN: true }), (values, maxNorm) => {
        const norm = tf.tidy(() => {
          const { clipped } = clipTreeByGlobalNorm({ x: tf.tensor1d(values) }, maxNorm);
          return globalNorm(clipped).dataSync()[0];
        });
        expect(norm).toBeLessThanOrEqual(maxNorm * (1 + 1e-5));
      }),
    );
  });

  it('leaks nothing', () => {
    const tree = start();
    const before = tf.memory().numTensors;
    const { clipped, norm } = clipTreeByGlobalNorm(tree, 0.1);
    disposeTree(clipped, norm, globalNorm(tree));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('flatten', () => {
  it('runs on many leaves of all ranks and puts every number back in its place', () => {
    const rng = Rng.fromSeed(1);
    const tree = { scalar: tf.scalar(2), list: [rng.normal([3, 4]), rng.normal([2, 1, 5]), { deep: rng.normal([7]) }], empty: {} };
    const seen: number[][] = [];
    const spy: GradientTransform = {
      init: (parameters) => ({ seen: tf.zerosLike(parameters as tf.Tensor) }),
      update: (g, state, parameters) => {
        seen.push((g as tf.Tensor).shape, (parameters as tf.Tensor).shape);
        return { updates: treeMap((x) => x.mul(1), g), state: cloneTree(state) };
      },
    };
    const transform = flatten(spy);
    const { updates } = transform.update(tree, transform.init(tree), tree);
    expect(seen).toEqual([[30], [30]]);
    expect(treeLeaves(updates).map(({ path, tensor }) => [path, tensor.shape])).toEqual(treeLeaves(tree).map(({ path, tensor }) => [path, tensor.shape]));
    expect(numbers(updates)).toEqual(numbers(tree));
  });

  it('refuses a tree without tensors', () => {
    expect(() => flatten(sgd(1)).init({})).toThrow('flatten: the tree has no tensors');
  });
});

describe('applyUpdates', () => {
  it('adds, and refuses other structures', () => {
    expect(numbers(applyUpdates(start(), gradients()[0]))).toEqual([1.1, -2.3, 2.5, 3].map(Math.fround));
    expect(() => applyUpdates(start(), { a: tf.zeros([2]) })).toThrow("differ at 'b'");
  });
});
