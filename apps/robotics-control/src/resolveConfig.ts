import { z } from 'zod';
import { configSchema } from './configSchema.js';
import { presetOf } from './presets.js';
import { type RunConfig, runConfig } from './runConfig.js';

/** What a user gives: any of the run's keys, and under `settings` any of the algorithm's. */
export interface RunInput {
  readonly [key: string]: unknown;
}

const named = z.looseObject(runConfig.pick({ env: true, algorithm: true }).shape);

/**
 * A complete config: the defaults, over them the preset of algorithm and environment, over it what the user gave.
 * @throws a ZodError for unknown keys and values out of range; its paths are those of the input (`['settings', 'discount']`).
 */
export function resolveConfig(input: RunInput): RunConfig {
  const { env, algorithm } = named.parse(input);
  const preset = presetOf(algorithm, env);
  const given = input.settings ?? {};
  // Settings of a wrong type go on as they are, for the schema to refuse.
  const settings = typeof given === 'object' && !Array.isArray(given) ? { ...preset.settings, ...given } : given;
  return configSchema(algorithm).parse({ ...preset, ...input, settings }) as RunConfig;
}
