import { evaluateTask, type TokenGenerator, tokenGenerator, type Transcript } from '@rivulet/algorithms';
import { Rng, type Tree } from '@rivulet/engine';
import type { Problem } from '@rivulet/envs-language';
import { answerVote, passAtK } from '@rivulet/evaluation';
import { examQuestions } from './examQuestions.js';
import type { PolicyScore } from './policyScore.js';
import type { RunConfig } from './runConfig.js';
import type { RunParts } from './runParts.js';

/** Sequences that are written side by side. */
const ROWS = 128;
/** Problems of which samples are drawn. */
const SAMPLED = 100;
const KS = [1, 4, 8];

/** Lets policies answer held-out problems. */
export interface Examiner {
  /** The evaluation during training: the same problems each time. */
  evaluate(weights: Tree): Promise<{ readonly accuracy: number; readonly transcripts: readonly Transcript[] }>;
  /** The judgement after the warm start and at the end: other problems, the same both times. */
  score(weights: Tree): Promise<{ readonly score: PolicyScore; readonly transcripts: readonly Transcript[] }>;
  dispose(): Promise<void>;
}

/** @throws when the held-out split has too few different problems. */
export function examiner(config: RunConfig, { task, tokenizer, room, policy }: RunParts): Examiner {
  const { seed, problems, samples, settings } = config;
  const questions = examQuestions(config, task);
  const generator = (rows: number, greedy: boolean): TokenGenerator =>
    tokenGenerator({ model: policy.model, parameters: policy.parameters, ...room, rows, eos: tokenizer.eos, greedy, compile: settings.compile !== false });
  const greedy = generator(Math.min(ROWS, problems), true);
  const rng = (what: string): Rng => Rng.fromSeed(seed).foldIn(what);
  const answer = (weights: Tree, asked: readonly Problem[]) => {
    const next = asked.values();
    const listed = { ...task, sample: () => next.next().value as Problem };
    return evaluateTask(weights, { task: listed, tokenizer, generator: greedy, problems: asked.length, rng: rng('answers') });
  };

  /** Completions of some of the final problems at temperature 1: right or not, and the answers. */
  const sampled = async (weights: Tree): Promise<Pick<PolicyScore, 'passAt' | 'majority' | 'entropy'>> => {
    const asked = questions.final.slice(0, SAMPLED);
    const sampler = generator(Math.min(ROWS, asked.length * samples), false);
    const completions = await sampler.generate(weights, asked.flatMap(({ prompt }) => Array.from({ length: samples }, () => tokenizer.encode(prompt))), rng('samples'));
    await sampler.dispose();
    const texts = asked.map((_, q) => completions.slice(q * samples, (q + 1) * samples).map(({ tokens }) => tokenizer.decode(tokens)));
    const right = (q: number, text: string): boolean => task.verify(asked[q], text).reward === 1;
    const votes = answerVote(texts.map((group) => group.map(answerOf)));
    const logProbs = completions.flatMap((completion) => completion.logProbs);
    const shares = passAtK(texts.map((group, q) => group.map((text) => right(q, text))), KS);
    return {
      passAt: Object.fromEntries(KS.map((k, i) => [k, shares[i]])),
      majority: votes.filter((vote, q) => vote.answer !== undefined && right(q, `#${vote.answer}`)).length / asked.length,
      entropy: -logProbs.reduce((sum, value) => sum + value, 0) / logProbs.length,
    };
  };

  return {
    evaluate: (weights) => answer(weights, questions.evaluation),
    async score(weights) {
      const { accuracy, length, transcripts } = await answer(weights, questions.final);
      return { score: { accuracy, problems: questions.final.length, length, reasons: counted(transcripts), ...(await sampled(weights)) }, transcripts };
    },
    dispose: () => greedy.dispose(),
  };
}

/** What follows the last `#`: the answer of every task here. */
function answerOf(text: string): string | undefined {
  const answer = text.includes('#') ? text.slice(text.lastIndexOf('#') + 1).trim() : '';
  return answer === '' ? undefined : answer;
}

function counted(transcripts: readonly Transcript[]): { [reason: string]: number } {
  const counts: { [reason: string]: number } = {};
  for (const { reason } of transcripts) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}
