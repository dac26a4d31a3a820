import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { TextTokenizer } from '@rivulet/algorithms';
import { decodeSafetensors, type NdArray } from '@rivulet/engine';
import { type ChatTemplate, chatTemplate, jsonTokenizer } from '@rivulet/envs-language';
import { type CheckpointArchitecture, transformerFromCheckpoint, type TransformerOptions, type TransformerParameters } from '@rivulet/networks';
import { fileFault, readJson } from '@rivulet/tracking';
import { readTemplate } from './readTemplate.js';

/** A published model with what belongs to it. */
export interface PretrainedModel {
  readonly architecture: CheckpointArchitecture;
  readonly options: TransformerOptions;
  /** Owned by whoever read them. */
  readonly parameters: TransformerParameters;
  readonly tokenizer: TextTokenizer & { readonly eos: number };
  /** Undefined where the folder has none. */
  readonly template: ChatTemplate | undefined;
}

/** The most bytes that one read asks for. */
const PIECE = 2 ** 30;

/**
 * A model's folder in the Hugging Face format: config.json, model.safetensors (or the files that model.safetensors.index.json names), tokenizer.json, and where they are there tokenizer_config.json and chat_template.jinja.
 * Ids that the model can write and the tokenizer does not know stand for no text.
 *
 * @throws when a file is missing or damaged, the architecture is none of GPT-2, Llama and Qwen2, or no token ends a text; the message names the folder.
 */
export function pretrainedModel(folder: string): PretrainedModel {
  try {
    const config = read(folder, 'config.json');
    const settings = existsSync(join(folder, 'tokenizer_config.json')) ? read(folder, 'tokenizer_config.json') : {};
    const tokenizer = jsonTokenizer({ tokenizer: read(folder, 'tokenizer.json'), config: settings });
    const eos = tokenizer.eos ?? firstId(config['eos_token_id']);
    if (eos === undefined) throw new Error('no token ends a text: tokenizer_config.json names no eos_token, config.json no eos_token_id');
    const source = readTemplate(folder, settings);
    const template = source === undefined ? undefined : chatTemplate(source);
    // Last, because the tensors that it makes are the caller's.
    const { options, parameters } = transformerFromCheckpoint({ config, arrays: arraysIn(folder) });
    return {
      architecture: config['model_type'] as CheckpointArchitecture,
      options,
      parameters,
      tokenizer: { vocabSize: options.vocab, eos, encode: tokenizer.encode, decode: (ids) => tokenizer.decode(Array.from(ids).filter((id) => tokenizer.token(id) !== undefined)) },
      template,
    };
  } catch (error) {
    throw new Error(`the pretrained model in ${folder}: ${(error as Error).message}`, { cause: error });
  }
}

function read(folder: string, name: string): { readonly [key: string]: unknown } {
  if (!existsSync(join(folder, name))) throw new Error(`there is no ${name}`);
  return readJson(join(folder, name)) as { readonly [key: string]: unknown };
}

function arraysIn(folder: string): { readonly [name: string]: NdArray } {
  const index = 'model.safetensors.index.json';
  const parts = existsSync(join(folder, index)) ? new Set(Object.values(read(folder, index)['weight_map'] as { readonly [name: string]: string })) : ['model.safetensors'];
  return Object.assign({}, ...Array.from(parts, (name) => decodeSafetensors(bytesOf(folder, name)).arrays)) as { readonly [name: string]: NdArray };
}

/** A whole file, also one that is too large for a single read. */
function bytesOf(folder: string, name: string): Uint8Array {
  let file: number;
  try {
    file = openSync(join(folder, name), 'r');
  } catch (error) {
    throw new Error(`${name} cannot be read: ${fileFault(error)}`, { cause: error });
  }
  try {
    const bytes = new Uint8Array(fstatSync(file).size);
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(file, bytes, at, Math.min(PIECE, bytes.length - at), at);
      if (count === 0) throw new Error(`${name} became shorter while it was read`);
      at += count;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** Configs name one end token, or several of which the first is the usual one. */
function firstId(entry: unknown): number | undefined {
  const first: unknown = Array.isArray(entry) ? entry[0] : entry;
  return typeof first === 'number' ? first : undefined;
}
