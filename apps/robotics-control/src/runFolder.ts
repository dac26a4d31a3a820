import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Where a run keeps its files. */
export interface RunFolder {
  readonly path: string;
  readonly config: string;
  readonly metrics: string;
  readonly tensorBoard: string;
  readonly curve: string;
  readonly checkpoints: string;
  readonly result: string;
}

/** The names of the files in a run folder; nothing is read or made. */
export function runFolder(path: string): RunFolder {
  const at = (name: string): string => join(path, name);
  return { path, config: at('config.json'), metrics: at('metrics.jsonl'), tensorBoard: at('tensorboard'), curve: at('curve.svg'), checkpoints: at('checkpoints'), result: at('result.json') };
}

/**
 * Makes the folder of a new run.
 * @throws when it cannot be written, or holds a run already: nothing is overwritten.
 */
export function createRunFolder(path: string): RunFolder {
  const folder = runFolder(path);
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw new Error(`cannot write to the run folder ${resolve(path)} (${reason(error)}): choose another with --out`);
  }
  if (readdirSync(path).length > 0) {
    const remedy = existsSync(folder.config) ? `continue that run with --resume ${path}, or choose another folder with --out` : 'choose an empty folder with --out';
    throw new Error(`the run folder ${path} is not empty: ${remedy}`);
  }
  return folder;
}

/**
 * The folder of a run that was begun.
 * @throws when there is none, or it cannot be written.
 */
export function openRunFolder(path: string): RunFolder {
  const folder = runFolder(path);
  if (!existsSync(folder.config)) throw new Error(`${path} is not a run folder: it has no config.json`);
  try {
    accessSync(path, constants.W_OK);
  } catch (error) {
    throw new Error(`cannot write to the run folder ${resolve(path)} (${reason(error)})`);
  }
  return folder;
}

/** Writes a JSON file in one step: a reader sees the old file or the new one, whole. */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.tmp`, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(`${path}.tmp`, path);
}

/** @throws when the file is missing or not JSON, naming it. */
export function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`cannot read ${path} (${reason(error)})`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${path} is not valid JSON: ${(error as Error).message}`);
  }
}

function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
