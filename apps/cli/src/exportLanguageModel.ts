import { join } from 'node:path';
import { chooseBackend } from '@rivulet/engine';
import { exportModel, languageFolder } from '@rivulet/llm-reasoning';
import { openRunFolder } from '@rivulet/tracking';
import type { ExportFlags } from './exportCommand.js';
import { languageConfig } from './llmReasoning.js';
import { outputOf } from './output.js';

/** `rivulet export` of a language model: a folder in the Hugging Face format. */
export async function exportLanguageModel(path: string, flags: ExportFlags): Promise<void> {
  if (flags.batch !== 'any') throw new Error('--batch is of ONNX models: a language model is written as a folder without it');
  const output = outputOf(flags);
  const folder = languageFolder(openRunFolder(path));
  const config = languageConfig(folder);
  const to = flags.to ?? join(path, 'model');
  let chosen = '';
  const { name: backend } = await chooseBackend({ backend: flags.backend ?? config.backend, log: (line) => (chosen = line) });
  const begun = performance.now();
  const { files, passed, phase, step, largestDifference, compared, tolerance, ...model } = await exportModel({ config, folder, to, checkpoint: flags.checkpoint, seed: flags.seed });
  const seconds = (performance.now() - begun) / 1000;
  output.note(chosen);
  output.say(`${to}: ${model.architecture}, ${model.parameters} parameters, of ${phase === 'method' ? config.method : 'the warm start'} on ${config.task} after ${step} tokens, ${(model.bytes / 1024).toFixed(1)} KiB`);
  output.say(`files:   ${files.map((file) => file.slice(to.length + 1)).join(', ')}`);
  output.say(`${passed ? 'checked: ' : 'FAILED:  '}largest difference of a log-probability ${largestDifference.toExponential(1)} on ${compared} worked solutions (tolerance ${tolerance})`);
  output.json({ passed, scores: { largestDifference, compared, tolerance }, model: { ...model, phase }, steps: step, seed: flags.seed, seconds, backend, files: { folder: path, model: to } });
  if (!passed) process.exitCode = 1;
}
