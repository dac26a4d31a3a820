import { join } from 'node:path';
import { chooseBackend, type OnnxTensorInfo } from '@rivulet/engine';
import { type ExportedRun, exportRun, type RunConfig, runConfig } from '@rivulet/robotics-control';
import { openRunFolder } from '@rivulet/tracking';
import { Command } from 'commander';
import { controlConfig } from './controlConfig.js';
import { exportLanguageModel } from './exportLanguageModel.js';
import { flagsOf } from './flags.js';
import { type Output, type OutputFlags, outputOf } from './output.js';
import { outputOptions } from './outputOptions.js';
import { ownerOf } from './ownerOf.js';
import { wholeNumber } from './wholeNumber.js';

/** The flags of `export`. */
export interface ExportFlags extends OutputFlags {
  readonly to?: string;
  readonly checkpoint: string;
  readonly batch: number | 'any';
  readonly seed: number;
  readonly backend?: RunConfig['backend'];
}

/** `rivulet export`: the policy of a run as an ONNX model, a language model as a folder. Exit code 1 when what was written differs from the policy. */
export function exportCommand(): Command {
  const command = new Command('export')
    .description('Write the policy of a run for other programs, and compare the two: an ONNX model, or for a language model config.json, model.safetensors and tokenizer.json')
    .usage('<folder> [options]')
    .argument('<folder>', 'the run folder; the run may be going on')
    .optionsGroup('Export:')
    .option('--to <path>', 'where to write it; what is there is replaced (default: policy.onnx in the run folder; of a language model the folder model in it)')
    .option('--checkpoint <name>', "which policy: 'latest', or the name of a folder among the run's checkpoints", 'latest')
    .option('--batch <n|any>', 'observations in a call of the ONNX model', batch, 'any')
    .option('--seed <n>', 'seed of the observations or problems on which the two are compared', wholeNumber('--seed', 0), 0);
  for (const option of flagsOf(runConfig.pick({ backend: true }))) command.addOption(option);
  return outputOptions(command).action((path: string, flags: ExportFlags) => (ownerOf(openRunFolder(path)) === 'llm-reasoning' ? exportLanguageModel(path, flags) : write(path, flags)));
}

function batch(text: string): number | 'any' {
  if (text === 'any') return text;
  if (!/^\d+$/.test(text) || Number(text) < 1) throw new Error(`--batch is '${text}': it must be a whole number of at least 1, or 'any'`);
  return Number(text);
}

async function write(path: string, flags: ExportFlags): Promise<void> {
  const output = outputOf(flags);
  const folder = openRunFolder(path);
  const config = controlConfig(folder);
  const to = flags.to ?? join(path, 'policy.onnx');
  let chosen = '';
  const { name } = await chooseBackend({ backend: flags.backend ?? 'auto', log: (line) => (chosen = line) });
  const begun = performance.now();
  const result = await exportRun({ config, folder, to, checkpoint: flags.checkpoint, batch: flags.batch, seed: flags.seed });
  const seconds = (performance.now() - begun) / 1000;
  output.note(chosen);
  report(result, config, to, output);
  const { description, observations, largestDifference, otherChoices, passed, tolerance, bytes, step } = result;
  output.json({
    passed,
    scores: { largestDifference, otherChoices, observations, tolerance },
    model: { bytes, opset: description.opsets[''], irVersion: description.irVersion, inputs: description.inputs, outputs: description.outputs, operators: description.operators, metadata: description.metadata },
    steps: step,
    seed: flags.seed,
    seconds,
    backend: name,
    files: { folder: path, policy: to },
  });
  if (!passed) process.exitCode = 1;
}

const tensor = ({ name, dtype, shape }: OnnxTensorInfo): string => `${name} ${dtype}[${shape.join(', ')}]`;

function report({ description, observations, largestDifference, otherChoices, passed, tolerance, bytes, step }: ExportedRun, { algorithm, env }: RunConfig, to: string, { say }: Output): void {
  const { opsets, irVersion, inputs, outputs } = description;
  const discrete = outputs[0].dtype === 'int32';
  say(`${to}: the policy of ${algorithm} on ${env} after ${step} steps, ${(bytes / 1024).toFixed(1)} KiB`);
  say(`opset:   ${opsets['']}, standard operators only (IR version ${irVersion})`);
  say(`input:   ${inputs.map(tensor).join(', ')}`);
  say(`output:  ${outputs.map(tensor).join(', ')}`);
  const found = discrete ? `another action on ${otherChoices} of ${observations} sampled observations` : `largest difference ${largestDifference.toExponential(1)} on ${observations} sampled observations`;
  say(`${passed ? 'checked: ' : 'FAILED:  '}${found} (${discrete ? 'at most one in 100 is rounding' : `tolerance ${tolerance}`})`);
}
