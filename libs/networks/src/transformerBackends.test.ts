import { type BackendName, chooseBackend, Rng, tf, treeFrom, treeMap, treeTensors } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import { causalTransformer, tokenLogProbs, type TransformerOptions } from './index.js';

const gpt: TransformerOptions = { vocab: 7, dim: 8, layers: 2, heads: 2, context: 12 };
const qwen: TransformerOptions = {
  ...gpt, heads: 4, kvHeads: 2, headDim: 4, mlpDim: 12, positions: 'rotary', norm: 'rmsNorm', activation: 'swiglu', bias: { qkv: true, output: false, mlp: false },
};

/** Log-probabilities, their gradients by all parameters, and the logits of a cached step, as numbers. */
async function numbersOn(backend: BackendName, options: TransformerOptions): Promise<number[][]> {
  await chooseBackend({ backend });
  return tf.tidy(() => {
    const model = causalTransformer(options);
    const parameters = treeMap((leaf) => leaf.add(Rng.fromSeed(2).normal(leaf.shape).mul(0.3)), model.init(Rng.fromSeed(1)));
    const tokens = tf.tensor2d([[3, 1, 4, 1, 5], [0, 0, 2, 6, 5]], undefined, 'int32');
    const mask = tf.tensor2d([[1, 1, 1, 1, 1], [0, 0, 1, 1, 1]]);
    const logProbs = (...tensors: tf.Tensor[]): tf.Tensor => tokenLogProbs(model.apply(treeFrom(parameters, tensors), { tokens, mask }).logits, tokens, mask);
    const gradients = tf.grads((...tensors: tf.Tensor[]) => logProbs(...tensors).sum())(treeTensors(parameters));
    const { cache } = model.step(parameters, { tokens, mask }, model.initCache(2, 8));
    const { logits } = model.step(parameters, { tokens: tokens.slice([0, 1], [2, 1]) }, cache);
    return [logProbs(...treeTensors(parameters)), logits, ...gradients].map((tensor) => Array.from(tensor.dataSync()));
  });
}

describe('causalTransformer on wasm', () => {
  it.each([['as GPT-2', gpt], ['as Qwen2', qwen]])('%s: forward, gradients and cache as on cpu', async (_, options) => {
    const [cpu, wasm] = [await numbersOn('cpu', options), await numbersOn('wasm', options)];
    expect(wasm.length).toBe(cpu.length);
    cpu.forEach((expected, i) => expected.forEach((value, j) => expect(Math.abs(wasm[i][j] - value)).toBeLessThanOrEqual(1e-5 * (1 + Math.abs(value)))));
  });
});
