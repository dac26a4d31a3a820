import { readJson, type RunFolder } from '@rivulet/tracking';
import { z } from 'zod';
import type { AnyConfig, AppRun } from './app.js';
import { describeIssues } from './describeIssues.js';
import { flagName, readFlags } from './flags.js';

interface Options {
  readonly [key: string]: unknown;
}

/** What says how the config of an app looks. */
type ConfigOf<C extends AnyConfig> = Pick<AppRun<C>, 'groups' | 'schema' | 'resolve'>;

/** The values of the flags that were given, as a config holds them. */
export function givenFlags({ groups }: Pick<AppRun, 'groups'>, options: Options): { [key: string]: unknown } {
  const given: { [key: string]: unknown } = {};
  for (const { schema, within, prefix } of groups) {
    const values = readFlags(schema, options, prefix);
    if (within === undefined) Object.assign(given, values);
    else if (Object.keys(values).length > 0) given[within] = values;
  }
  return given;
}

/**
 * The config of a new run: presets and defaults, over them a JSON file, over it the flags.
 * @throws for unknown keys and wrong values, naming the flag, or the key and the file.
 */
export function readConfig<C extends AnyConfig>(app: ConfigOf<C>, options: Options): C {
  const file = options.config === undefined ? undefined : String(options.config);
  const inFile = file === undefined ? {} : readObject(file);
  const flags = givenFlags(app, options);
  const merged = Object.entries(flags).map(([key, value]) => [key, isGroup(app, key) ? { ...(inFile[key] as object | undefined), ...(value as object) } : value]);
  return resolved(app, { ...inFile, ...Object.fromEntries(merged) }, (path) => flagAt(app, flags, path) ?? `'${path.join('.')}' in ${file}`);
}

function isGroup({ groups }: Pick<AppRun, 'groups'>, key: string): boolean {
  return groups.some(({ within }) => within === key);
}

/** The flag by which a value was given. */
function flagAt({ groups }: Pick<AppRun, 'groups'>, flags: Options, path: readonly PropertyKey[]): string | undefined {
  const key = String(path.at(-1));
  const within = path.length === 1 ? undefined : String(path[0]);
  const values = within === undefined ? flags : (flags[within] as Options | undefined);
  return values !== undefined && key in values ? flagName(key, groups.find((group) => group.within === within)?.prefix) : undefined;
}

/**
 * The config that a run folder holds.
 * @throws when it is damaged, naming the key and the file.
 */
export function storedConfig<C extends AnyConfig>(app: ConfigOf<C>, folder: RunFolder): C {
  return resolved(app, readObject(folder.config), (path) => `'${path.join('.')}' in ${folder.config}`);
}

function resolved<C extends AnyConfig>({ schema, resolve }: ConfigOf<C>, given: Options, nameOf: (path: readonly PropertyKey[]) => string): C {
  try {
    return resolve(given);
  } catch (error) {
    if (!(error instanceof z.ZodError)) throw error;
    throw new Error(describeIssues(error, schema, given, nameOf), { cause: error });
  }
}

function readObject(path: string): Options {
  const value = readJson(path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path} must hold a JSON object with the keys of a run`);
  return value as Options;
}
