import { chooseBackend } from '@rivulet/engine';
import { evaluateRun } from '@rivulet/robotics-control';
import { Command } from 'commander';
import { outputOptions } from './flags.js';
import { outputOf } from './output.js';
import { wholeNumber } from './wholeNumber.js';

/** `rivulet eval`: plays the policy of a run's newest checkpoint. */
export function evalCommand(): Command {
  const command = new Command('eval')
    .description('play fresh episodes with the policy of a run')
    .argument('<folder>', 'the run folder')
    .option('--episodes <n>', 'episodes to play (default: 20)', wholeNumber('--episodes', 1))
    .option('--seed <n>', 'seed of the episodes (default: follows from the seed of the run)', wholeNumber('--seed', 0))
    .option('--backend <name>', 'what computes the tensors', 'auto');
  return outputOptions(command).action(async (folder: string, options: { episodes?: number; seed?: number; backend: string; quiet?: boolean; json?: boolean }) => {
    const output = outputOf(options);
    const backend = await chooseBackend({ backend: options.backend as 'auto', log: output.note });
    const begun = performance.now();
    const result = await evaluateRun(folder, { episodes: options.episodes ?? 20, seed: options.seed });
    output.say(`mean return ${result.meanReturn.toFixed(1)} ± ${result.stdReturn.toFixed(1)}, mean length ${result.meanLength.toFixed(1)} (${result.episodes.length} episodes, seed ${result.seed}, trained for ${result.step} steps)`);
    output.json({
      scores: { mean: result.meanReturn, std: result.stdReturn, returns: result.episodes.map((episode) => episode.return) },
      steps: result.step,
      seed: result.seed,
      seconds: (performance.now() - begun) / 1000,
      backend: backend.name,
      files: { folder },
    });
  });
}
