import { chooseBackend } from '@rivulet/engine';
import { evaluateModel, languageFolder } from '@rivulet/llm-reasoning';
import { openRunFolder } from '@rivulet/tracking';
import type { EvalFlags } from './evalCommand.js';
import { languageConfig } from './llmReasoning.js';
import { outputOf } from './output.js';
import { scoreInWords } from './scoreInWords.js';

/** Completions that are shown. */
const SHOWN = 5;

/** `rivulet eval` of a language model: held-out problems in the place of episodes. */
export async function evaluateLanguageModel(path: string, flags: EvalFlags): Promise<void> {
  const output = outputOf(flags);
  const folder = languageFolder(openRunFolder(path));
  const config = languageConfig(folder);
  let chosen = '';
  const { name: backend } = await chooseBackend({ backend: flags.backend ?? config.backend, log: (line) => (chosen = line) });
  const begun = performance.now();
  const { score, transcripts, phase, step, seed } = await evaluateModel({ config, folder, problems: flags.episodes, seed: flags.seed });
  const seconds = (performance.now() - begun) / 1000;
  output.note(chosen);
  output.say(`${phase === 'method' ? config.method : 'the warm start'} on ${config.task} after ${step} tokens: ${scoreInWords(score)}`);
  for (const { prompt, text, reason } of transcripts.slice(0, SHOWN)) output.say(`  ${JSON.stringify(prompt)} -> ${JSON.stringify(text)}   ${reason}`);
  output.json({ scores: score, phase, steps: step, seed, seconds, backend, files: { folder: path } });
}
