import { resolve } from 'node:path';
import { z } from 'zod';
import { configSchema } from './configSchema.js';
import { presetOf } from './presets.js';
import { type RunConfig, runConfig } from './runConfig.js';

/** What a user gives: any of the run's keys, and within its objects any of theirs. */
export interface RunInput {
  readonly [key: string]: unknown;
}

const named = z.looseObject(runConfig.pick({ task: true, method: true }).shape);

const groups = ['taskOptions', 'model', 'lora', 'warmStart', 'rewardModel', 'settings'] as const;

/**
 * A complete config: the defaults, over them the preset of method and task, over it what the user gave.
 * @throws a ZodError for unknown keys and values out of range; its paths are those of the input (`['settings', 'clipHigh']`).
 */
export function resolveConfig(input: RunInput): RunConfig {
  const { method, task } = named.parse(input);
  const preset = presetOf(method, task);
  const merged = groups.map((group) => {
    const given = input[group] ?? {};
    // What is no object goes on as it is, for the schema to refuse.
    return [group, typeof given === 'object' && !Array.isArray(given) ? { ...preset[group], ...given } : given];
  });
  const config = configSchema(task, method).parse({ ...preset, ...input, ...Object.fromEntries(merged) }) as RunConfig;
  // A run may go on from another working directory.
  return config.pretrained === 'none' ? config : { ...config, pretrained: resolve(config.pretrained) };
}
