import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { decodeSafetensors, Rng, tensorCount, tf } from '@rivulet/engine';
import { createRunFolder, runFolder } from '@rivulet/tracking';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parityRun } from '../test/parityRun.js';
import { checkRun } from './checkRun.js';
import { exportModel } from './exportModel.js';
import { languageFolder } from './languageFolder.js';
import { pretrainedModel } from './pretrainedModel.js';
import { resolveConfig, type RunInput } from './resolveConfig.js';
import { runParts } from './runParts.js';
import { trainRun } from './trainRun.js';

const root = mkdtempSync(join(tmpdir(), 'pretrained-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const small = { ...parityRun, rounds: 2, evaluateEvery: 1 } satisfies RunInput;
const base = join(root, 'base');
const adapted = { ...small, pretrained: base, lora: { rank: 2, targets: ['query', 'up'] }, warmStart: { rounds: 0 }, settings: { ...small.settings, learningRate: 0.05 } };
const folderOf = (name: string) => languageFolder(runFolder(join(root, name)));
const begin = (name: string, input: RunInput, more: object = {}) => trainRun({ config: resolveConfig(input), folder: languageFolder(createRunFolder(join(root, name))), resume: false, ...more });
const kernels = (folder: string) => decodeSafetensors(readFileSync(join(folder, 'model.safetensors'))).arrays;

beforeAll(async () => {
  await tf.setBackend('cpu');
  await begin('first', small);
  const written = await exportModel({ config: resolveConfig(small), folder: folderOf('first'), to: base });
  expect(written).toMatchObject({ architecture: 'llama', phase: 'method', passed: true, compared: 32 });
  expect(written.files.map((file) => file.slice(base.length + 1))).toEqual(['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json']);
});

/** A copy of the model with some of its files changed, or taken away. */
function variant(name: string, files: { readonly [file: string]: string | undefined }): string {
  const folder = join(root, name);
  cpSync(base, folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) {
    if (content === undefined) rmSync(join(folder, file));
    else writeFileSync(join(folder, file), content);
  }
  return folder;
}

const jsonOf = (file: string): { [key: string]: unknown } => JSON.parse(readFileSync(join(base, file), 'utf8')) as { [key: string]: unknown };

describe('a run that begins with a model', () => {
  it('trains adapters without a warm start, goes on exactly, and writes them merged', async () => {
    const before = tensorCount();
    const whole = await begin('adapted', adapted);
    expect(whole).toMatchObject({ stopped: 'rounds', rounds: 2, warmStartTokens: 0, updates: 4 });
    // One line between the phases, then one a round.
    const stop = new AbortController();
    const progress = new PassThrough();
    let seen = 0;
    progress.on('data', () => ++seen >= 2 && stop.abort());
    expect(await begin('adapted-stopped', adapted, { signal: stop.signal, progress })).toMatchObject({ stopped: 'interrupted', rounds: 1 });
    const resumed = await trainRun({ config: resolveConfig(adapted), folder: folderOf('adapted-stopped'), resume: true });
    expect(resumed.scores).toEqual(whole.scores);
    expect(readFileSync(folderOf('adapted-stopped').metrics, 'utf8')).toBe(readFileSync(folderOf('adapted').metrics, 'utf8'));

    const to = join(root, 'merged');
    const written = await exportModel({ config: resolveConfig(adapted), folder: folderOf('adapted'), to });
    expect(written.passed).toBe(true);
    const [own, first] = [kernels(to), kernels(base)];
    const moved = Object.keys(first).filter((name) => own[name].data.some((value, i) => value !== first[name].data[i]));
    expect(moved.sort()).toEqual(['model.layers.0.mlp.up_proj.weight', 'model.layers.0.self_attn.q_proj.weight']);
    expect(jsonOf('tokenizer.json')).toEqual(JSON.parse(readFileSync(join(to, 'tokenizer.json'), 'utf8')));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(tensorCount()).toBe(before);
  });

  it('trains all of it, from where it stood', async () => {
    const untouched = await begin('untouched', { ...adapted, lora: {}, settings: { ...small.settings, learningRate: 1e-30 } });
    // The judgement of the model as it was read is that of the run that wrote it.
    const first = JSON.parse(readFileSync(folderOf('first').result, 'utf8')) as { scores: { final: unknown } };
    expect(untouched.scores.warmStart).toEqual(first.scores.final);
    expect(untouched.scores.final).toEqual(first.scores.final);
    await begin('whole', { ...adapted, lora: {} });
    const to = join(root, 'whole-model');
    await exportModel({ config: resolveConfig({ ...adapted, lora: {} }), folder: folderOf('whole'), to });
    const [own, before] = [kernels(to), kernels(base)];
    for (const name of Object.keys(before)) expect(own[name].data, name).not.toEqual(before[name].data);
  });

  it('writes prompts by the chat template', () => {
    const template = "{% for message in messages %}{{ '#' if message.role == 'user' else '0' }}{{ message.content }}={% endfor %}{% if add_generation_prompt %}1{% endif %}";
    const folder = variant('chatty', { 'chat_template.jinja': template, 'config.json': JSON.stringify({ ...jsonOf('config.json'), max_position_embeddings: 40 }) });
    const parts = runParts(resolveConfig({ ...adapted, pretrained: folder, chat: true, system: '2+2' }));
    const plain = runParts(resolveConfig({ ...adapted, pretrained: folder }));
    for (const split of ['train', 'heldOut'] as const) {
      const [problem, asked] = [parts, plain].map(({ task }) => task.sample(Rng.fromSeed(5), { split }));
      expect(problem.prompt).toBe(`02+2=#${asked.prompt}=1`);
      expect(parts.task.splitOf(problem)).toBe(split);
      expect(parts.task.verify(problem, asked.solution)).toMatchObject({ reward: 1 });
      expect(parts.task.verify(problem, '#')).toMatchObject({ reward: 0 });
    }
    parts.dispose();
    plain.dispose();
  });

  it('takes several files, the end token of the config, and ids without a text', () => {
    const { tokenizer, parameters, options } = pretrainedModel(base);
    expect(tokenizer.eos).toBe(2);
    const [names, arrays] = [Object.keys(kernels(base)), kernels(base)];
    expect(names.length).toBe(Object.keys(arrays).length);
    const index = { weight_map: Object.fromEntries(names.map((name) => [name, 'model.safetensors'])) };
    const config = { ...jsonOf('config.json'), eos_token_id: [4, 2] };
    const settings = Object.fromEntries(Object.entries(jsonOf('tokenizer_config.json')).filter(([key]) => key !== 'eos_token'));
    const other = pretrainedModel(variant('several', { 'model.safetensors.index.json': JSON.stringify(index), 'config.json': JSON.stringify(config), 'tokenizer_config.json': JSON.stringify(settings) }));
    expect(other.tokenizer.eos).toBe(4);
    expect(other.options).toEqual(options);
    expect(other.tokenizer.decode([...tokenizer.encode('1+2'), 500])).toBe('1+2');
    tf.dispose([parameters, other.parameters] as never);
  });

  it('refuses what does not go together, and says where', () => {
    mkdirSync(join(root, 'empty'));
    const fails = (input: RunInput): string => {
      const before = tensorCount();
      try {
        checkRun(resolveConfig(input));
      } catch (error) {
        expect(tensorCount()).toBe(before);
        return (error as Error).message;
      }
      return 'nothing';
    };
    expect(fails({ ...small, chat: true })).toMatch(/^chat is true, but there is no pretrained model/);
    expect(fails({ ...small, lora: { rank: 2 } })).toMatch(/^lora\.rank is above 0, but there is no pretrained model/);
    expect(fails({ ...adapted, chat: true })).toBe(`chat is true, but the model in ${base} has no chat template`);
    expect(fails({ ...adapted, pretrained: join(root, 'empty') })).toBe(`the pretrained model in ${join(root, 'empty')}: there is no config.json`);
    expect(fails({ ...adapted, newTokens: 1000 })).toMatch(/do not fit the model's context of \d+: give fewer newTokens$/);
    const broken = (name: string, files: { readonly [file: string]: string | undefined }): string => fails({ ...adapted, pretrained: variant(name, files) });
    expect(broken('no-tokenizer', { 'tokenizer.json': undefined })).toMatch(/no-tokenizer: there is no tokenizer\.json$/);
    expect(broken('no-weights', { 'model.safetensors': undefined })).toMatch(/no-weights: model\.safetensors cannot be read: no such file or directory$/);
    expect(broken('mamba', { 'config.json': JSON.stringify({ ...jsonOf('config.json'), model_type: 'mamba' }) })).toMatch(/mamba: .*model_type of the config is "mamba"; known are gpt2, llama, qwen2/);
    expect(broken('wider', { 'config.json': JSON.stringify({ ...jsonOf('config.json'), intermediate_size: 9 }) })).toMatch(/by the config it should be/);
    expect(broken('cut', { 'model.safetensors': 'short' })).toMatch(/in .*cut: /);
  });

  it('is not exported where no architecture has its form', async () => {
    const own = { ...small, model: { ...small.model, positions: 'learned' } };
    await begin('learned', own);
    await expect(exportModel({ config: resolveConfig(own), folder: folderOf('learned'), to: join(root, 'nowhere') })).rejects.toThrow(/only rotary, rmsNorm and swiglu together are those of Llama/);
  });
});
