import { readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';
import { adaptedModel, grpo, type VerifiableTask } from '@rivulet/algorithms';
import { decodeSafetensors, encodeSafetensors, type NdArray, Rng, tf, type Tree } from '@rivulet/engine';
import { jsonTokenizer } from '@rivulet/envs-language';
import { causalTransformer, loraAdapter, type LoraParameters, transformerFromCheckpoint, transformerToCheckpoint } from '@rivulet/networks';
import { beforeAll, describe, expect, it } from 'vitest';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const folder = new URL('../../../libs/networks/test-data/transformers/qwen2/', import.meta.url);

/** The tiny model's safetensors file, which is stored with its bytes sorted by planes. */
function checkpointFile(): Uint8Array {
  const planes = brotliDecompressSync(readFileSync(new URL('model.planes.br', folder)));
  return Uint8Array.from(planes, (_, i) => planes[(i % 4) * (planes.length / 4) + Math.floor(i / 4)]);
}

/** A tokenizer.json for the 96 tokens of that model: two special ones, then printable ASCII without '~', byte by byte, with the pre-tokenizer of Qwen2. */
function tokenizerFiles(): { tokenizer: object; config: object } {
  const symbols = ['Ġ', ...Array.from({ length: 93 }, (_, i) => String.fromCharCode(33 + i))];
  const Regex = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  return {
    tokenizer: {
      version: '1.0',
      added_tokens: ['<|begin|>', '<|end|>'].map((content, id) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true })),
      normalizer: { type: 'NFC' },
      pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false }, { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false }] },
      post_processor: null,
      decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false },
      model: { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: false, byte_fallback: false, vocab: Object.fromEntries(symbols.map((symbol, i) => [symbol, i + 2])), merges: [] },
    },
    config: { bos_token: '<|begin|>', eos_token: '<|end|>' },
  };
}

/** Write digits: the reward is their share of the text. A random model solves no sum, but can learn this. */
const digits: VerifiableTask = {
  name: 'digits',
  sample: (rng) => ({ prompt: `${rng.nextInt(10)}+${rng.nextInt(10)}=`, solution: '1' }),
  verify: (_, text) => ({ reward: [...text].filter((symbol) => symbol >= '0' && symbol <= '9').length / Math.max(1, text.length), reason: 'share' }),
};

const describeArrays = (arrays: { readonly [name: string]: NdArray }): unknown => Object.fromEntries(Object.entries(arrays).map(([name, { dtype, shape }]) => [name, [dtype, shape]]));

describe('a model of the Qwen2 architecture', () => {
  it('is loaded with its tokenizer, fine-tuned by GRPO with LoRA, saved, and loaded again', async () => {
    const file = checkpointFile();
    const original = decodeSafetensors(file);
    const config = JSON.parse(readFileSync(new URL('config.json', folder), 'utf8')) as { [key: string]: unknown };
    const { options, parameters } = transformerFromCheckpoint({ config, arrays: original.arrays });
    const tokenizer = jsonTokenizer(tokenizerFiles());
    expect([tokenizer.vocabSize, tokenizer.bos, tokenizer.eos]).toEqual([config['vocab_size'], config['bos_token_id'], config['eos_token_id']]);

    const model = causalTransformer(options);
    const adapter = loraAdapter({ rank: 4, alpha: 8, targets: ['query', 'value', 'output', 'up', 'down'] });
    const policy = adaptedModel(model, parameters, adapter);
    const settings = { prompts: 8, groupSize: 8, minibatchPrompts: 8, newTokens: 6, learningRate: 2e-2, scale: 'none', aggregation: 'token' } as const;
    const { actor, learner } = grpo(settings, { policy, task: digits, tokenizer, promptTokens: 4, rng: Rng.fromSeed(1) });
    const rewards: number[] = [];
    for (let step = 0; step < 20; step++) rewards.push((await learner.learn(await actor.collect(learner.weights))).reward);
    expect(learner.updates).toBe(20);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value) / values.length;
    expect(mean(rewards.slice(-4))).toBeGreaterThan(mean(rewards.slice(0, 4)) + 0.1);

    const factors = learner.weights as LoraParameters;
    const merged = adapter.merge(parameters, factors);
    const saved = await transformerToCheckpoint({ architecture: 'qwen2', options, parameters: merged });
    const bytes = encodeSafetensors(saved.arrays, saved.metadata);
    const again = decodeSafetensors(bytes);
    expect(describeArrays(again.arrays)).toEqual(describeArrays(original.arrays));
    expect(again.metadata).toEqual(original.metadata);
    for (const key of ['model_type', 'architectures', 'hidden_size', 'intermediate_size', 'num_attention_heads', 'num_key_value_heads', 'num_hidden_layers', 'vocab_size', 'tie_word_embeddings', 'rms_norm_eps']) {
      expect((saved.config as { [key: string]: unknown })[key], key).toEqual(config[key]);
    }
    // The adapted maps have moved, the others are the file's own numbers.
    const moved = Object.keys(original.arrays).filter((name) => original.arrays[name].data.some((value, i) => value !== again.arrays[name].data[i]));
    expect(moved.sort()).toEqual(Object.keys(original.arrays).filter((name) => /(q_proj|v_proj|o_proj|up_proj|down_proj)\.weight$/.test(name)).sort());

    const reloaded = transformerFromCheckpoint({ config: saved.config, arrays: again.arrays });
    const tokens = tf.tensor2d([tokenizer.encode('1+2=3 ok?')], undefined, 'int32');
    const [before, after] = [model.apply(policy.parameters(factors as Tree), { tokens }), causalTransformer(reloaded.options).apply(reloaded.parameters, { tokens })];
    const [expected, actual] = [before.logits.dataSync(), after.logits.dataSync()];
    expected.forEach((value, i) => expect(Math.abs(actual[i] - value)).toBeLessThan(1e-4));
    actor.dispose();
    learner.dispose();
  });
});
