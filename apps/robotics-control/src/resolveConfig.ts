import { algorithms } from './algorithms.js';
import { presetOf } from './presets.js';
import { type RunConfig, runConfig } from './runConfig.js';

/** What a user gives: any of the run's keys, and any of the algorithm's settings. */
export type RunInput = { readonly [key: string]: unknown };

/**
 * A complete config: the defaults, over them the preset of algorithm and environment, over it what the user gave.
 * @throws a ZodError for unknown keys and values out of range.
 */
export function resolveConfig(input: RunInput): RunConfig {
  const given = runConfig.partial().parse(input);
  const { env, algorithm } = runConfig.parse({ ...(given.env === undefined ? {} : { env: given.env }), ...(given.algorithm === undefined ? {} : { algorithm: given.algorithm }) });
  const preset = presetOf(algorithm, env);
  const inherited = Object.fromEntries(Object.keys(runConfig.shape).flatMap((key) => (key in input ? [[key, (given as RunInput)[key]]] : [])));
  const settings = algorithms[algorithm].schema.parse({ ...preset.settings, ...(inherited.settings as RunInput | undefined) });
  return runConfig.parse({ ...preset, ...inherited, settings });
}
