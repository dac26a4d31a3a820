import { type AlgorithmName, algorithmNames, runConfig } from '@rivulet/robotics-control';
import { flagsAmong } from './flagsAmong.js';
import { namedConfig } from './namedConfig.js';
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
  const { algorithm, env } = flagsAmong(args, ['algorithm', 'env']);
  const inFile = namedConfig(args);
  const named = String(algorithm ?? inFile.algorithm ?? runConfig.shape.algorithm.parse(undefined));
  const known = algorithmNames.find((name) => name === named);
  if (known === undefined) throw new Error(`unknown algorithm '${named}'${suggestion(named, algorithmNames)}`);
  return { algorithm: known, env: String(env ?? inFile.env ?? runConfig.shape.env.parse(undefined)) };
}
