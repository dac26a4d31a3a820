import type { RunResult } from '@rivulet/llm-reasoning';
import type { Output } from './output.js';
import { scoreInWords } from './scoreInWords.js';

const reasons: { readonly [reason in RunResult['stopped']]: string } = {
  accuracy: 'an evaluation reached its accuracy',
  rounds: 'all rounds were made',
  minutes: 'the time was over',
  interrupted: 'interrupted',
};

/** Tells people what a run of a language model came to. */
export function reportLanguageRun({ stopped, rounds, sampledTokens, seconds, tokensPerSecond, scores, files }: RunResult, { say }: Output): void {
  const rate = tokensPerSecond === null ? '' : ` (${Math.round(tokensPerSecond)} tokens/s)`;
  say(`${reasons[stopped]} after ${rounds} rounds and ${sampledTokens} sampled tokens${rate}, ${seconds.toFixed(1)} s in all`);
  if (scores.warmStart !== null) say(`warm start: ${scoreInWords(scores.warmStart)}`);
  if (scores.final !== null) say(`at the end: ${scoreInWords(scores.final)}`);
  if (files.transcripts !== undefined) say(`to read:    ${files.transcripts}`);
  say(`files:      ${files.folder}`);
  if (stopped === 'interrupted') say(`continue:   rivulet run --resume ${files.folder}`);
}
