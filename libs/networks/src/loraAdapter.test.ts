import { adam, applyUpdates, compile, disposeTree, pack, Rng, tf, tidyTree, treeLeaves, treeMap, valueAndGrad } from '@rivulet/engine';
import { beforeAll, describe, expect, it } from 'vitest';
import { categorical, causalTransformer, checkGradients, linear, loraAdapter, type LoraParameters, mlp, parameterCount, type TransformerParameters } from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const model = causalTransformer({
  vocab: 7, dim: 8, layers: 2, heads: 2, kvHeads: 1, context: 12, mlpDim: 12, positions: 'rotary', norm: 'rmsNorm', activation: 'swiglu', bias: { output: false, mlp: false }, tied: false,
});
const lively = (scale: number, seed: number) => (x: tf.Tensor) => x.add(Rng.fromSeed(seed).normal(x.shape).mul(scale));
const parameters = treeMap(lively(0.3, 2), model.init(Rng.fromSeed(1)));
const all = ['query', 'key', 'value', 'output', 'gate', 'up', 'down', 'head'];
const tokens = tf.tensor2d([[3, 1, 4, 1, 5], [2, 6, 5, 3, 5]], undefined, 'int32');
const logitsOf = (p: TransformerParameters): tf.Tensor => model.apply(p, { tokens }).logits;
const distance = (a: tf.Tensor, b: tf.Tensor): number => a.sub(b).abs().max().dataSync()[0];

describe('loraAdapter', () => {
  it('starts as the model itself', () => {
    const lora = loraAdapter({ rank: 2, targets: all });
    const factors = lora.init(Rng.fromSeed(1), parameters);
    expect(distance(logitsOf(lora.attach(parameters, factors)), logitsOf(parameters))).toBe(0);
    expect(distance(logitsOf(lora.merge(parameters, factors)), logitsOf(parameters))).toBe(0);
    expect(factors['layers/0/attention/query'].loraA.abs().max().dataSync()[0]).toBeGreaterThan(0.1);
  });

  it('adapts queries and values, or what is asked for', () => {
    const factors = loraAdapter({ rank: 2 }).init(Rng.fromSeed(1), parameters);
    expect(Object.keys(factors).sort()).toEqual([0, 1].flatMap((layer) => ['query', 'value'].map((name) => `layers/${layer}/attention/${name}`)));
    // Rank 2 of maps [8, 8] and [8, 4], twice.
    expect(parameterCount(factors)).toBe(2 * (2 * 16 + 2 * 12));
    expect(Object.keys(loraAdapter({ rank: 1, targets: ['up', 'head'] }).init(Rng.fromSeed(1), parameters)).sort()).toEqual(['head', 'layers/0/mlp/up', 'layers/1/mlp/up']);
  });

  it('gives the same merged as attached', () => {
    const lora = loraAdapter({ rank: 3, alpha: 6, targets: all });
    const factors = treeMap(lively(0.2, 3), lora.init(Rng.fromSeed(1), parameters));
    const attached = logitsOf(lora.attach(parameters, factors));
    expect(distance(attached, logitsOf(lora.merge(parameters, factors)))).toBeLessThanOrEqual(2e-5);
    expect(distance(attached, logitsOf(parameters))).toBeGreaterThan(0.1);
  });

  it('adds α/r times the product of the factors', () => {
    const base = { kernel: tf.tensor2d([[1, 2], [3, 4]]), bias: tf.tensor1d([5, 6]) };
    const factors = { map: { loraA: tf.tensor2d([[1], [2]]), loraB: tf.tensor2d([[10, 20]]) } };
    const { map } = loraAdapter({ rank: 1, alpha: 0.5, targets: ['map'] }).merge({ map: base }, factors);
    expect([...map.kernel.dataSync()]).toEqual([6, 12, 13, 24]);
    expect(map.bias).toBe(base.bias);
  });

  it('merges into any module', () => {
    const module = mlp({ in: 3, hidden: [4], out: 2 });
    const own = { body: module.init(Rng.fromSeed(1)), last: linear({ in: 2, out: 2 }).init(Rng.fromSeed(1)) };
    const lora = loraAdapter({ rank: 1, targets: ['last'] });
    const merged = lora.merge(own, treeMap(lively(1, 4), lora.init(Rng.fromSeed(1), own)));
    expect(treeLeaves(merged).map(({ path }) => path)).toEqual(treeLeaves(own).map(({ path }) => path));
    expect(merged.body.layers[0].kernel).toBe(own.body.layers[0].kernel);
    expect(distance(merged.last.kernel, own.last.kernel)).toBeGreaterThan(0.1);
  });

  it('has gradients by its factors', async () => {
    const lora = loraAdapter({ rank: 2, alpha: 3, targets: ['query', 'down'] });
    const factors = treeMap(lively(0.2, 3), lora.init(Rng.fromSeed(1), parameters));
    const leaves = treeLeaves(factors);
    const rebuild = (tensors: tf.Tensor[]): LoraParameters => {
      let next = 0;
      return treeMap(() => tensors[next++], factors);
    };
    await checkGradients((...tensors) => tf.tidy(() => tf.sin(logitsOf(lora.attach(parameters, rebuild(tensors)))).sum()), leaves.map(({ tensor }) => tensor), { step: 3e-3, tolerance: 5e-3 });
  });

  it('trains compiled as eagerly, and leaves the model alone', async () => {
    const lora = loraAdapter({ rank: 2, targets: all });
    const optimizer = adam(0.02);
    const update = (base: TransformerParameters, state: { readonly factors: LoraParameters; readonly optimizer: ReturnType<typeof optimizer.init> }) =>
      tidyTree(() => {
        const { loss, grads } = valueAndGrad((factors: LoraParameters) => categorical(logitsOf(lora.attach(base, factors))).logProb(tokens).mean().neg() as tf.Scalar)(state.factors);
        const { updates, state: next } = optimizer.update(grads, state.optimizer, state.factors);
        return { state: { factors: applyUpdates(state.factors, updates), optimizer: next }, loss };
      });
    const step = compile(update, { warn: (line): never => { throw new Error(line); } });
    const factors = lora.init(Rng.fromSeed(5), parameters);
    let eager = { factors, optimizer: optimizer.init(factors) };
    let packed = pack(eager);
    const base = pack(parameters);
    const losses: number[] = [];
    for (let i = 0; i < 10; i++) {
      const expected = update(parameters, eager);
      const result = await step(base, packed);
      losses.push(expected.loss.dataSync()[0]);
      expect(result.loss.toNumbers()['']).toBeCloseTo(losses[i], 4);
      [eager, packed] = [expected.state, result.state];
    }
    expect(losses[9]).toBeLessThan(losses[0] - 0.3);
    await step.dispose();
  });

  it('makes as many tensors as it has leaves', () => {
    const lora = loraAdapter({ rank: 2 });
    const before = tf.memory().numTensors;
    const factors = lora.init(Rng.fromSeed(1), parameters);
    expect(tf.memory().numTensors - before).toBe(treeLeaves(factors).length);
    tf.tidy(() => tf.dispose(logitsOf(lora.attach(parameters, factors))));
    disposeTree(factors);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says what does not fit', () => {
    expect(() => loraAdapter({ rank: 0 })).toThrow('rank should be a positive integer, got 0');
    expect(() => loraAdapter({ rank: 1, targets: ['q_proj'] }).init(Rng.fromSeed(1), parameters)).toThrow("the parameters have no map 'q_proj'; there are head, key, output, query, value, down, gate, up");
    const factors = loraAdapter({ rank: 1, targets: ['key'] }).init(Rng.fromSeed(1), parameters);
    expect(() => loraAdapter({ rank: 1 }).attach(parameters, factors)).toThrow("the parameters have no map at 'layers/0/attention/key' to adapt");
  });
});
