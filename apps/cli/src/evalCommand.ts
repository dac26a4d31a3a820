import { chooseBackend } from '@rivulet/engine';
import { evaluateRun, type RunConfig, runConfig, type RunEvaluation } from '@rivulet/robotics-control';
import { openRunFolder } from '@rivulet/tracking';
import { Command } from 'commander';
import { controlConfig } from './controlConfig.js';
import { evaluateLanguageModel } from './evaluateLanguageModel.js';
import { flagsOf } from './flags.js';
import { type OutputFlags, outputOf } from './output.js';
import { outputOptions } from './outputOptions.js';
import { ownerOf } from './ownerOf.js';
import { wholeNumber } from './wholeNumber.js';

/** The flags of `eval`. */
export interface EvalFlags extends OutputFlags {
  readonly episodes?: number;
  readonly seed?: number;
  readonly backend?: RunConfig['backend'];
}

const EPISODES = 20;

/** `rivulet eval`: plays the policy of a run's newest checkpoint; a language model answers problems. */
export function evalCommand(): Command {
  const command = new Command('eval')
    .description('Play fresh episodes with the policy of a run, or let a language model answer held-out problems')
    .usage('<folder> [options]')
    .argument('<folder>', 'the run folder; the run may be going on')
    .optionsGroup('Evaluation:')
    .option('--episodes <n>', `episodes to play, or problems to answer (default: ${EPISODES}; problems as at the end of the run)`, wholeNumber('--episodes', 1))
    .option('--seed <n>', 'seed of the episodes or problems (default: follows from the seed of the run)', wholeNumber('--seed', 0));
  for (const option of flagsOf(runConfig.pick({ backend: true }))) command.addOption(option);
  return outputOptions(command).action((path: string, flags: EvalFlags) => (ownerOf(openRunFolder(path)) === 'llm-reasoning' ? evaluateLanguageModel(path, flags) : evaluate(path, flags)));
}

async function evaluate(path: string, flags: EvalFlags): Promise<void> {
  const output = outputOf(flags);
  const folder = openRunFolder(path);
  const config = controlConfig(folder);
  let chosen = '';
  const { name } = await chooseBackend({ backend: flags.backend ?? 'auto', log: (line) => (chosen = line) });
  const begun = performance.now();
  const result = await evaluateRun({ config, folder, episodes: flags.episodes ?? EPISODES, seed: flags.seed });
  const seconds = (performance.now() - begun) / 1000;
  output.note(chosen);
  output.say(describe(result));
  output.json({
    scores: { mean: result.meanReturn, std: result.stdReturn, returns: result.episodes.map((episode) => episode.return) },
    steps: result.step,
    seed: result.seed,
    seconds,
    backend: name,
    files: { folder: path },
  });
}

function describe({ meanReturn, stdReturn, meanLength, episodes, seed, step }: RunEvaluation): string {
  return `mean return ${meanReturn.toFixed(1)} ± ${stdReturn.toFixed(1)}, mean length ${meanLength.toFixed(1)} (${episodes.length} episodes, seed ${seed}, trained for ${step} steps)`;
}
