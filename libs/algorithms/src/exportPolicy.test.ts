import { describeOnnx, disposeTree, loadOnnx, ndarray, Rng, tensorCount, tf, tidyTree, type Tree, treeMap } from '@rivulet/engine';
import { box, discrete, multiBinary, multiDiscrete, type Space } from '@rivulet/envs';
import { type NormalizerState, runningNormalizer } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';
import { a2c } from './a2c.js';
import type { Algorithm, Spaces } from './algorithm.js';
import { clippedActions } from './clippedActions.js';
import { dqn } from './dqn.js';
import { exportPolicy } from './exportPolicy.js';
import type { PolicyWeights } from './policyWeights.js';
import { ppo } from './ppo.js';
import { probedActions } from './probedActions.js';
import { probeEnv } from './probeEnv.js';
import { rescaledActions } from './rescaledActions.js';
import { sac } from './sac.js';
import { td3 } from './td3.js';
import { verifyPolicy } from './verifyPolicy.js';

const hidden = [16, 16];
/** What is exported is compared with kernels of tfjs. */
const eager = { hidden, compile: false };
const observed = box({ low: [-1, -Infinity, 0], high: [1, Infinity, 2], shape: [3] });
const image = box({ low: 0, high: 255, shape: [4, 3], dtype: 'uint8' });
const lopsided = box({ low: [-2, 0, 5, -1e-3], high: [2, 1, 5.5, 10], shape: [2, 2] });

/** First weights, moved so that actions differ between observations and reach their bounds, and moments that are not those of the start. */
function weightsOf(algorithm: Algorithm, spaces: Spaces): PolicyWeights {
  const rng = Rng.fromSeed(5);
  const { numEnvs } = algorithm;
  const env = algorithm.adapt(probeEnv(spaces, new Float32Array(numEnvs * 64), numEnvs, () => undefined));
  const { actor, learner } = algorithm.start(env, rng, 1000);
  const { policy, normalizer } = learner.weights;
  const weights = tidyTree(() => ({
    policy: treeMap((leaf) => leaf.add(rng.normal(leaf.shape).mul(0.4)), policy) as Tree,
    normalizer: 'mean' in normalizer ? runningNormalizer.update(normalizer as NormalizerState, rng.normal([50, normalizer.mean.shape[0]]).mul(3).add(1)) : ({} as Record<string, never>),
  }));
  actor.dispose();
  learner.dispose();
  return weights;
}

const cases: readonly [string, Algorithm, Space, Space, { readonly input: string; readonly output: string }][] = [
  ['ppo, discrete actions', ppo({ ...eager, normalizeObservation: true }), observed, discrete(4), { input: 'float32[N,3]', output: 'int32[N]' }],
  ['ppo, continuous actions', ppo({ ...eager, normalizeObservation: true }), observed, lopsided, { input: 'float32[N,3]', output: 'float32[N,2,2]' }],
  ['ppo, actions without bounds', ppo({ ...eager }), observed, box({ low: [-Infinity, -1], high: [Infinity, Infinity], shape: [2] }), { input: 'float32[N,3]', output: 'float32[N,2]' }],
  ['ppo, several choices', ppo({ ...eager }), image, multiDiscrete([3, 2, 5]), { input: 'float32[N,4,3]', output: 'int32[N,3]' }],
  ['a2c, discrete observations', a2c({ ...eager }), discrete(7), discrete(3), { input: 'int32[N]', output: 'int32[N]' }],
  ['a2c, discrete observations that start elsewhere', a2c({ ...eager }), discrete(5, -2), discrete(3), { input: 'int32[N]', output: 'int32[N]' }],
  ['dqn, dueling', dqn({ ...eager, dueling: true, normalizeObservation: true }), multiBinary(6), discrete(5), { input: 'int32[N,6]', output: 'int32[N]' }],
  ['dqn, several numbers', dqn({ ...eager }), multiDiscrete([4, 9]), discrete(3), { input: 'int32[N,2]', output: 'int32[N]' }],
  ['sac', sac({ ...eager, normalizeObservation: true }), observed, lopsided, { input: 'float32[N,3]', output: 'float32[N,2,2]' }],
  ['td3', td3({ ...eager }), observed, lopsided, { input: 'float32[N,3]', output: 'float32[N,2,2]' }],
];

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('an exported policy', () => {
  it.each(cases)('of %s acts as the environment is acted on', async (_, algorithm, observation, action, expected) => {
    const spaces = { observation, action };
    const weights = weightsOf(algorithm, spaces);
    const before = tensorCount();
    for (const batch of ['any', 3] as const) {
      const bytes = exportPolicy({ algorithm, spaces, weights, batch });
      const found = await verifyPolicy(bytes, { algorithm, spaces, weights, rng: Rng.fromSeed(2) });
      const text = ([{ dtype, shape }]: readonly { readonly dtype: string; readonly shape: readonly (number | string)[] }[]): string => `${dtype}[${shape.map((size, axis) => (axis === 0 ? 'N' : size)).join()}]`;
      expect({ input: text(found.description.inputs), output: text(found.description.outputs) }).toEqual(expected);
      expect(found.description.inputs[0].shape[0]).toBe(batch === 'any' ? 'N' : 3);
      expect(found.observations).toBe(batch === 'any' ? 256 : 258);
      expect(found.otherChoices).toBe(0);
      // 1e-6 of the widest range, of 10.
      expect(found.largestDifference).toBeLessThan(action === lopsided ? 1e-5 : 1e-6);
    }
    expect(tensorCount()).toBe(before);
    disposeTree(weights);
  });

  it('says of what it is the policy', () => {
    const algorithm = sac({ hidden });
    const spaces = { observation: observed, action: box({ low: -2, high: 2, shape: [1] }) };
    const weights = weightsOf(algorithm, spaces);
    const { name, metadata, doc, inputs, outputs, opsets } = describeOnnx(exportPolicy({ algorithm, spaces, weights, metadata: { seed: '7' } }));
    expect({ name, metadata }).toEqual({
      name: 'policy',
      metadata: {
        algorithm: 'sac',
        observationSpace: '{"kind":"box","shape":[3],"low":[-1,"-Infinity",0],"high":[1,"Infinity",2]}',
        actionSpace: '{"kind":"box","shape":[1],"low":-2,"high":2}',
        seed: '7',
      },
    });
    expect(doc).toBe('The greedy policy of sac: observations as the environment gives them, actions as it takes them.\nobservation float32[N, 3] -> action float32[N, 1]; opset 18, standard operators only.');
    expect([inputs[0].name, outputs[0].name, opsets]).toEqual(['observation', 'action', { '': 18 }]);
    disposeTree(weights);
  });

  it('would be told apart from another one', async () => {
    const algorithm = td3({ hidden });
    const spaces = { observation: observed, action: box({ low: -2, high: 2, shape: [1] }) };
    const [weights, others] = [weightsOf(algorithm, spaces), weightsOf(algorithm, spaces)];
    const moved = { ...others, policy: treeMap((leaf) => leaf.add(0.01), others.policy) as Tree };
    const { largestDifference } = await verifyPolicy(exportPolicy({ algorithm, spaces, weights }), { algorithm, spaces, weights: moved, rng: Rng.fromSeed(2) });
    expect(largestDifference).toBeGreaterThan(0.01);
    // Another scale of actions is another policy, too.
    const wider = { ...spaces, action: box({ low: -4, high: 4, shape: [1] }) };
    expect((await verifyPolicy(exportPolicy({ algorithm, spaces: wider, weights }), { algorithm, spaces, weights, rng: Rng.fromSeed(2) })).largestDifference).toBeGreaterThan(0.1);
    for (const each of [weights, others, moved]) disposeTree(each);
  });

  it('refuses what does not go together', () => {
    const spaces = { observation: observed, action: box({ low: -2, high: 2, shape: [1] }) };
    const weights = { policy: {}, normalizer: {} };
    expect(() => exportPolicy({ algorithm: ppo(), spaces, weights, batch: 0 })).toThrow("exportPolicy: the batch is 0; it must be a whole number of at least 1, or 'any'");
    expect(() => exportPolicy({ algorithm: dqn(), spaces, weights })).toThrow('dqn: needs a discrete action space, but this one is box');
    expect(() => exportPolicy({ algorithm: sac(), spaces: { ...spaces, action: discrete(2) }, weights })).toThrow('sac: needs a continuous (box) action space');
  });
});

describe('actions in the units of the environment', () => {
  // a in [-1, 1] is low + (a + 1)/2 · (high - low): 0.5 is three quarters of the way.
  const action = [-1, 0, 0.5, 1, 1, 0.5, -0.5, -1];
  const expected = { rescaled: [-2, 0.5, 5.375, 10, 2, 0.75, 5.125, -0.001], clipped: [-1, 0, 5, 1, 1, 0.5, 5, -0.001] };

  it.each([
    ['rescaled', rescaledActions],
    ['clipped', clippedActions],
  ] as const)('%s: of tensors as of environments', (name, adapter) => {
    let seen: ArrayLike<number> = [];
    adapter.wrap(probeEnv({ observation: observed, action: lopsided }, new Float32Array(6), 2, (actions) => (seen = actions))).step(Float32Array.from(action));
    const tensors = adapter.apply(tf.tensor2d(action, [2, 4]), lopsided).dataSync();
    expected[name].forEach((value, i) => {
      expect(tensors[i]).toBeCloseTo(value, 4);
      expect(seen[i]).toBeCloseTo(value, 4);
    });
    expect(adapter.wrap(probeEnv({ observation: observed, action: lopsided }, new Float32Array(6), 2, () => undefined)).actionSpace).toMatchObject({ ...adapter.space(lopsided), sample: expect.anything() as unknown, contains: expect.anything() as unknown });
  });
});

describe('probedActions', () => {
  // ONNX Runtime's tanh exceeds 1 by a rounding where it saturates; the environment would refuse such actions.
  it.each([sac({ hidden }), td3({ hidden })])('of $name, compiled, stay within the space however large the weights', async (algorithm) => {
    const spaces = { observation: observed, action: box({ low: -1, high: 1, shape: [3] }) };
    const weights = weightsOf(algorithm, spaces);
    const large = { ...weights, policy: treeMap((leaf) => leaf.mul(4), weights.policy) as Tree };
    const observation = new Float32Array(3 * 512);
    Rng.fromSeed(3).fillNormal(observation);
    const actions = await probedActions({ algorithm, spaces, weights: large, observation, n: 512 });
    expect([Math.min(...actions), Math.max(...actions)]).toEqual([-1, 1]);
    for (const each of [weights, large]) disposeTree(each);
  });

  it('goes through what the algorithm puts around the environment', async () => {
    const algorithm = a2c({ hidden });
    const spaces = { observation: discrete(4), action: discrete(3) };
    const weights = weightsOf(algorithm, spaces);
    const all = Int32Array.of(0, 1, 2, 3);
    const actions = await probedActions({ algorithm, spaces, weights, observation: all, n: 4 });
    const model = await loadOnnx(exportPolicy({ algorithm, spaces, weights, batch: 4 }));
    expect([...(await model.run({ observation: ndarray('int32', [4], all) })).action.data]).toEqual([...actions]);
    expect(new Set(actions).size).toBeGreaterThan(1);
    await model.dispose();
    disposeTree(weights);
  });
});
