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
export function reportLanguageRun({ stopped, rounds, sampledTokens, seconds, tokensPerSecond, scores, rewardModel, files }: RunResult, { say }: Output): void {
  const rate = tokensPerSecond === null ? '' : ` (${Math.round(tokensPerSecond)} tokens/s)`;
  say(`${reasons[stopped]} after ${rounds} rounds and ${sampledTokens} sampled tokens${rate}, ${seconds.toFixed(1)} s in all`);
  if (scores.warmStart !== null) say(`warm start: ${scoreInWords(scores.warmStart)}`);
  if (rewardModel !== null) say(`reward model: ${modelInWords(rewardModel)}`);
  if (scores.final !== null) say(`at the end: ${scoreInWords(scores.final)}`);
  if (files.transcripts !== undefined) say(`to read:    ${files.transcripts}`);
  say(`files:      ${files.folder}`);
  if (stopped === 'interrupted') say(`continue:   rivulet run --resume ${files.folder}`);
}

function modelInWords({ accuracy, comparisons, scores: { start, final } }: NonNullable<RunResult['rewardModel']>): string {
  const order = accuracy === null ? 'no held-out pairs' : `${(100 * accuracy).toFixed(1)} % of ${start.pairs} held-out pairs in order`;
  const mean = final === null ? `${start.score.toPrecision(3)} for the warm start` : `${start.score.toPrecision(3)} for the warm start, ${final.score.toPrecision(3)} at the end`;
  return `${order} after ${comparisons} comparisons; mean score ${mean}`;
}
