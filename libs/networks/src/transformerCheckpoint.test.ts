import { compile, decodeSafetensors, encodeSafetensors, type NdArray, ndarray, pack, Rng, tf, treeLeaves, treeMap } from '@rivulet/engine';
import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type CheckpointArchitecture, type CheckpointConfig, causalTransformer, type CausalTransformer, loraAdapter, type TransformerCache, transformerFromCheckpoint, type TransformerInput, type TransformerParameters, transformerToCheckpoint, writeHostCache,
} from './index.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

interface Golden {
  readonly inputIds: number[][];
  readonly logits: number[][][];
  readonly leftPadded: { readonly inputIds: number[][]; readonly attentionMask: number[][]; readonly lastLogits: number[][] };
  readonly greedy16: number[][];
}

const read = (file: string): Buffer => readFileSync(new URL(`../test-data/transformers/${file}`, import.meta.url));

/** The bytes of a file that is stored plane by plane: see the README beside it. */
function safetensorsOf(name: string): Uint8Array {
  const planes = brotliDecompressSync(read(`${name}/model.planes.br`));
  return Uint8Array.from(planes, (_, i) => planes[(i % 4) * (planes.length / 4) + Math.floor(i / 4)]);
}

function load(name: string): { config: CheckpointConfig; bytes: Uint8Array; arrays: { readonly [name: string]: NdArray }; golden: Golden } {
  const bytes = safetensorsOf(name);
  const { arrays } = decodeSafetensors(bytes);
  return { config: JSON.parse(read(`${name}/config.json`).toString()) as CheckpointConfig, bytes, arrays, golden: JSON.parse(brotliDecompressSync(read(`${name}/golden.json.br`)).toString()) as Golden };
}

const ids = (rows: readonly number[][]): tf.Tensor => tf.tensor2d(rows.map((row) => [...row]), undefined, 'int32');
const last = (logits: tf.Tensor): tf.Tensor => logits.slice([0, (logits.shape[1] as number) - 1, 0], [-1, 1, -1]).squeeze([1]);

function largestDifference(actual: tf.Tensor, expected: number[][] | number[][][]): number {
  const reference = tf.tensor(expected);
  expect(actual.shape).toEqual(reference.shape);
  return actual.sub(reference).abs().max().dataSync()[0];
}

/** n greedy tokens after a row of tokens, by a pass over all tokens for each. */
function greedily(model: CausalTransformer, parameters: TransformerParameters, row: readonly number[], n: number): number[] {
  const tokens = [...row];
  for (let i = 0; i < n; i++) tokens.push(last(model.apply(parameters, { tokens: ids([tokens]) }).logits).argMax(-1).dataSync()[0]);
  return tokens;
}

/** The same for a batch with left padding, compiled, over a cache on the host: the prompts at once, then token by token. */
async function greedilyCached(model: CausalTransformer, parameters: TransformerParameters, rows: number[][], mask: number[][], n: number): Promise<number[][]> {
  const extend = compile((p: TransformerParameters, input: TransformerInput, cache: TransformerCache) => {
    const { logits, addition } = model.extend(p, input, cache);
    return { token: last(logits).argMax(-1).expandDims(1).toInt(), addition };
  }, { warn: (line): never => { throw new Error(line); } });
  const weights = pack(parameters);
  const cache = pack(model.initCache(rows.length, rows[0].length + n));
  const made = rows.map((row) => [...row]);
  let result = await extend(weights, { tokens: ids(rows), mask: tf.tensor2d(mask) }, cache);
  for (let i = 0; i < n; i++) {
    const { data } = result.token.toHost();
    made.forEach((row, b) => row.push(data[b]));
    writeHostCache(cache.toHost(), result.addition.toHost());
    if (i + 1 < n) result = await extend(weights, { tokens: result.token }, cache);
  }
  expect(extend.forms).toHaveLength(2);
  await extend.dispose();
  return made;
}

describe.each(['gpt2', 'llama', 'qwen2'] as const)('a %s checkpoint', (name: CheckpointArchitecture) => {
  const { config, bytes, arrays, golden } = load(name);
  const { options, parameters } = transformerFromCheckpoint({ config, arrays });
  const model = causalTransformer(options);

  it('gives the logits of the reference', () => {
    const { logits } = model.apply(parameters, { tokens: ids(golden.inputIds) });
    expect(largestDifference(logits, golden.logits)).toBeLessThanOrEqual(1e-5);
  });

  it('gives the logits of the reference for a batch with left padding', () => {
    const input = { tokens: ids(golden.leftPadded.inputIds), mask: tf.tensor2d(golden.leftPadded.attentionMask) };
    expect(largestDifference(last(model.apply(parameters, input).logits), golden.leftPadded.lastLogits)).toBeLessThanOrEqual(1e-5);
    expect(largestDifference(last(model.step(parameters, input, model.initCache(2, 12)).logits), golden.leftPadded.lastLogits)).toBeLessThanOrEqual(1e-5);
  });

  it('gives the greedy tokens of the reference', () => {
    expect(greedily(model, parameters, golden.inputIds[0], 16)).toEqual(golden.greedy16[0]);
  });

  it('gives the same tokens compiled, with a cache and left padding', async () => {
    const { inputIds, attentionMask } = golden.leftPadded;
    const made = await greedilyCached(model, parameters, [golden.inputIds[0], ...inputIds], [inputIds[0].map(() => 1), ...attentionMask], 16);
    expect(made[0]).toEqual(golden.greedy16[0]);
    inputIds.forEach((row, i) => {
      const real = row.filter((_, t) => attentionMask[i][t] === 1);
      expect(made[i + 1].slice(row.length - real.length)).toEqual(greedily(model, parameters, real, 16));
    });
  });

  it('has the tree that init makes', () => {
    const shapes = (tree: TransformerParameters): string[] => treeLeaves(tree).map(({ path, tensor }) => `${path} [${tensor.shape.join()}]`);
    expect(shapes(parameters)).toEqual(shapes(model.init(Rng.fromSeed(1))));
  });

  it('is written back byte for byte, with the config it came with', async () => {
    const written = await transformerToCheckpoint({ architecture: name, options, parameters });
    expect(Buffer.compare(encodeSafetensors(written.arrays, written.metadata), bytes)).toBe(0);
    for (const key of Object.keys(written.config).filter((each) => each !== 'rope_theta')) expect([key, written.config[key]]).toEqual([key, config[key]]);
    expect(transformerFromCheckpoint({ config: written.config, arrays: written.arrays }).options).toEqual(options);
  });

  it('is written with merged adapters under the same names', async () => {
    const lora = loraAdapter({ rank: 2, alpha: 4, targets: ['query', 'up'] });
    const factors = treeMap((leaf) => leaf.add(0.1), lora.init(Rng.fromSeed(1), parameters));
    const written = await transformerToCheckpoint({ architecture: name, options, parameters: lora.merge(parameters, factors) });
    const form = (all: { readonly [name: string]: NdArray }): string[] => Object.keys(all).sort().map((key) => `${key} ${all[key].dtype} [${all[key].shape.join()}]`);
    expect(form(written.arrays)).toEqual(form(arrays));
    const again = transformerFromCheckpoint({ config: written.config, arrays: decodeSafetensors(encodeSafetensors(written.arrays, written.metadata)).arrays });
    const tokens = ids(golden.inputIds);
    const expected = model.apply(lora.attach(parameters, factors), { tokens }).logits.arraySync() as number[][][];
    expect(largestDifference(causalTransformer(again.options).apply(again.parameters, { tokens }).logits, expected)).toBeLessThanOrEqual(2e-5);
    expect(largestDifference(model.apply(parameters, { tokens }).logits, expected)).toBeGreaterThan(0.01);
  });

  it('names what is missing, superfluous or misshapen', () => {
    const [some] = Object.keys(arrays).filter((each) => each.includes('.1.') && each.endsWith('.weight') && arrays[each].shape.length === 2);
    const { [some]: taken, ...others } = arrays;
    expect(() => transformerFromCheckpoint({ config, arrays: others })).toThrow(`the checkpoint has no tensor '${some}' [${taken.shape.join(', ')}]`);
    expect(() => transformerFromCheckpoint({ config, arrays: { ...arrays, 'model.extra': taken } })).toThrow(`the checkpoint has a tensor 'model.extra' that a ${name} model of this config has not`);
    const before = tf.memory().numTensors;
    expect(() => transformerFromCheckpoint({ config, arrays: { ...arrays, [some]: ndarray('float32', [2, 3]) } })).toThrow(`'${some}' has the shape [2, 3]; by the config it should be [${taken.shape.join(', ')}]`);
    expect(() => transformerFromCheckpoint({ config, arrays: { ...arrays, [some]: ndarray('int32', taken.shape) } })).toThrow(`'${some}' is int32, not float32`);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('may be the body alone, without the prefix', () => {
    const bare = Object.fromEntries(Object.entries(arrays).map(([key, array]) => [key.replace(/^(transformer|model)\./, ''), array]));
    const again = transformerFromCheckpoint({ config, arrays: bare });
    expect(treeLeaves(again.parameters).length).toBe(treeLeaves(parameters).length);
  });
});

describe('configs', () => {
  const { config: llama, arrays } = load('llama');
  const { config: qwen2 } = load('qwen2');
  const { config: gpt2 } = load('gpt2');
  const loading = (config: CheckpointConfig) => () => transformerFromCheckpoint({ config, arrays });

  it('say what is not supported', () => {
    expect(loading({ ...llama, model_type: 'mamba' })).toThrow('model_type of the config is "mamba"; known are gpt2, llama, qwen2');
    expect(loading({ ...llama, rope_parameters: { rope_type: 'llama3', rope_theta: 5e5 } })).toThrow("scales rotary positions by 'llama3'");
    expect(loading({ ...llama, rope_parameters: undefined, rope_scaling: { type: 'linear', factor: 2 } })).toThrow("scales rotary positions by 'linear'");
    expect(loading({ ...llama, hidden_act: 'relu' })).toThrow('hidden_act of the config should be silu, which is all that is supported, got "relu"');
    expect(loading({ ...llama, hidden_size: '32' })).toThrow('hidden_size of the config should be a number, got "32"');
    expect(loading({ ...llama, tie_word_embeddings: 1 })).toThrow('tie_word_embeddings of the config should be true or false, got 1');
    expect(loading({ ...qwen2, use_sliding_window: true })).toThrow('use_sliding_window of the config should be false');
    expect(loading({ ...gpt2, activation_function: 'relu' })).toThrow('activation_function of the config should be gelu_new or gelu, got "relu"');
    expect(loading({ ...gpt2, scale_attn_by_inverse_layer_idx: true })).toThrow('scale_attn_by_inverse_layer_idx of the config should be false');
  });

  it('of older libraries keep θ beside the rest', () => {
    const { rope_parameters: _, ...older } = llama;
    expect(transformerFromCheckpoint({ config: { ...older, rope_theta: 5e5 }, arrays }).options.ropeTheta).toBe(5e5);
    expect(transformerFromCheckpoint({ config: older, arrays }).options.ropeTheta).toBe(10_000);
  });

  it('have biases where they say so', () => {
    expect(loading({ ...llama, attention_bias: true })).toThrow("the checkpoint has no tensor 'model.layers.0.self_attn.q_proj.bias' [32]");
    expect(loading({ ...llama, mlp_bias: true })).toThrow("the checkpoint has no tensor 'model.layers.0.mlp.gate_proj.bias' [64]");
  });
});

describe('transformerToCheckpoint', () => {
  const form = { vocab: 5, dim: 4, layers: 1, heads: 2, context: 3 };

  it('refuses forms of other architectures, and parameters of other forms', async () => {
    const parameters = causalTransformer(form).init(Rng.fromSeed(1));
    const write = (architecture: CheckpointArchitecture, change: object) => transformerToCheckpoint({ architecture, options: { ...form, ...change }, parameters });
    await expect(write('gpt2', { norm: 'rmsNorm' })).rejects.toThrow('GPT-2 has learned positions');
    await expect(write('llama', {})).rejects.toThrow('Llama has rotary positions');
    await expect(write('qwen2', { bias: { qkv: false } })).rejects.toThrow('Qwen2 has biases of queries, keys and values, and no others');
    await expect(write('llama', { bias: { output: false } })).rejects.toThrow('Llama has biases of queries');
    await expect(write('gpt2', { tied: false })).rejects.toThrow("the parameters have no 'head/kernel'");
    await expect(write('gpt2', { vocab: 6 })).rejects.toThrow("'embedding/tokens' makes 'transformer.wte.weight' [5, 4]; by the options it should be [6, 4]");
    const lora = loraAdapter({ rank: 1, targets: ['key'] });
    const attached = lora.attach(parameters, lora.init(Rng.fromSeed(1), parameters));
    await expect(transformerToCheckpoint({ architecture: 'gpt2', options: form, parameters: attached })).rejects.toThrow("gpt2 has no place for the parameter 'layers/0/attention/key/loraA'");
  });

  it('writes a head of its own where it is not tied', async () => {
    const options = { ...form, tied: false };
    const parameters = causalTransformer(options).init(Rng.fromSeed(1));
    const { arrays, config } = await transformerToCheckpoint({ architecture: 'gpt2', options, parameters });
    expect(arrays['lm_head.weight'].shape).toEqual([5, 4]);
    expect(config['tie_word_embeddings']).toBe(false);
    const again = transformerFromCheckpoint({ config, arrays }).parameters as { head?: { kernel: tf.Tensor } };
    expect([...(again.head?.kernel.dataSync() ?? [])]).toEqual([...(parameters as { head: { kernel: tf.Tensor } }).head.kernel.dataSync()]);
  });
});
