import { type AlgorithmName, configSchema, resolveConfig, type RunConfig, runConfig } from '@rivulet/robotics-control';
import { readJson, type RunFolder } from '@rivulet/tracking';
import { z } from 'zod';
import { describeIssues } from './describeIssues.js';
import { readFlags } from './flags.js';
import { schemaFields } from './schemaFields.js';

interface Options {
  readonly [key: string]: unknown;
}

/**
 * The config of a new run: presets and defaults, over them a JSON file, over it the flags.
 * @throws for unknown keys and wrong values, naming the flag, or the key and the file.
 */
export function readConfig(algorithm: AlgorithmName, options: Options): RunConfig {
  const file = options.config === undefined ? undefined : String(options.config);
  const inFile = file === undefined ? {} : readObject(file);
  const { settings: settingsSchema } = configSchema(algorithm).shape;
  const runFlags = readFlags(runConfig, options);
  const settingFlags = readFlags(settingsSchema as z.ZodObject, options);
  const settings = Object.keys(settingFlags).length === 0 ? inFile.settings : { ...(inFile.settings as object | undefined), ...settingFlags };
  const given = { ...inFile, ...runFlags, ...(settings === undefined ? {} : { settings }) };
  const flags = new Map(schemaFields(runConfig).concat(schemaFields(settingsSchema as z.ZodObject)).map((field) => [field.key, field.flag]));
  return resolved(algorithm, given, (path) => {
    const key = String(path.at(-1));
    const byFlag = path.length === 1 ? key in runFlags : key in settingFlags;
    return byFlag ? String(flags.get(key)) : `'${path.join('.')}' in ${file}`;
  });
}

/**
 * The config that a run folder holds.
 * @throws when it is damaged, naming the key and the file.
 */
export function storedConfig(folder: RunFolder): RunConfig {
  const stored = readObject(folder.config);
  const { algorithm } = z.looseObject({ algorithm: runConfig.shape.algorithm }).catch({ algorithm: 'ppo' }).parse(stored);
  return resolved(algorithm, stored, (path) => `'${path.join('.')}' in ${folder.config}`);
}

function resolved(algorithm: AlgorithmName, given: Options, nameOf: (path: readonly PropertyKey[]) => string): RunConfig {
  try {
    return resolveConfig(given);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new Error(describeIssues(error, configSchema(algorithm), given, nameOf), { cause: error });
  }
}

function readObject(path: string): Options {
  const value = readJson(path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path} must hold a JSON object with the keys of a run`);
  return value as Options;
}
