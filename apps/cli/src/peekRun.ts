import { existsSync } from 'node:fs';
import { type AlgorithmName, algorithmNames, runConfig } from '@rivulet/robotics-control';
import { readJson, runFolder } from '@rivulet/tracking';
import { Command } from 'commander';
import { suggestion } from './suggestion.js';

/** What decides which settings there are, and what presets they have. */
export interface RunPeek {
  readonly algorithm: AlgorithmName;
  readonly env: string;
}

/**
 * Looks for algorithm and environment in the arguments of `run`, and in the config that they name, before the rest is read.
 * @throws for an unknown algorithm, and when the file is not JSON.
 */
export function peekRun(args: readonly string[]): RunPeek {
  const { algorithm, env, config, resume } = flagsAmong(args);
  const stored = resume === undefined ? undefined : runFolder(resume).config;
  const file = stored === undefined ? config : existsSync(stored) ? stored : undefined;
  const inFile = (file === undefined ? {} : readJson(file)) as { readonly algorithm?: unknown; readonly env?: unknown } | null;
  const named = String(algorithm ?? inFile?.algorithm ?? runConfig.shape.algorithm.parse(undefined));
  const known = algorithmNames.find((name) => name === named);
  if (known === undefined) throw new Error(`unknown algorithm '${named}'${suggestion(named, algorithmNames)}`);
  return { algorithm: known, env: String(env ?? inFile?.env ?? runConfig.shape.env.parse(undefined)) };
}

function flagsAmong(args: readonly string[]): { readonly [flag in 'algorithm' | 'env' | 'config' | 'resume']?: string } {
  return new Command()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .option('--algorithm <name>')
    .option('--env <name>')
    .option('--config <file>')
    .option('--resume <folder>')
    .parse([...args], { from: 'user' })
    .opts();
}
