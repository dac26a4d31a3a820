import type { PolicyScore, RunResult } from '@rivulet/llm-reasoning';
import type { Output } from './output.js';

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
  if (scores.warmStart !== null) say(`warm start: ${inWords(scores.warmStart)}`);
  if (scores.final !== null) say(`at the end: ${inWords(scores.final)}`);
  if (files.transcripts !== undefined) say(`to read:    ${files.transcripts}`);
  say(`files:      ${files.folder}`);
  if (stopped === 'interrupted') say(`continue:   rivulet run --resume ${files.folder}`);
}

function inWords({ accuracy, problems, passAt, majority, length }: PolicyScore): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const sampled = Object.entries(passAt).map(([k, share]) => `pass@${k} ${percent(share)}`);
  return `${percent(accuracy)} of ${problems} held-out problems (sampled: ${[...sampled, `majority ${percent(majority)}`].join(', ')}; ${length.toFixed(1)} tokens)`;
}
