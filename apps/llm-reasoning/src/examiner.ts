import { type Answer, type Completion, evaluateTask, type Scorer, type TokenGenerator, tokenGenerator, type Transcript } from '@rivulet/algorithms';
import { Rng, type Tree } from '@rivulet/engine';
import type { Problem } from '@rivulet/envs-language';
import { answerVote, passAtK } from '@rivulet/evaluation';
import { examQuestions } from './examQuestions.js';
import type { ModelScore } from './modelScore.js';
import { modelScoreOf } from './modelScoreOf.js';
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
  /** How a reward model sees the samples of that judgement. */
  modelScore(weights: Tree, scorer: Scorer): Promise<ModelScore>;
  dispose(): Promise<void>;
}

type Sample = Answer & Completion;

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

  const sampledProblems = questions.final.slice(0, SAMPLED);
  const right = (q: number, text: string): boolean => task.verify(sampledProblems[q], text).reward === 1;

  /** Completions of some of the final problems at temperature 1. */
  const sampled = async (weights: Tree): Promise<readonly (readonly Sample[])[]> => {
    const sampler = generator(Math.min(ROWS, sampledProblems.length * samples), false);
    const prompts = sampledProblems.map(({ prompt }) => tokenizer.encode(prompt));
    const completions = await sampler.generate(weights, prompts.flatMap((prompt) => Array.from({ length: samples }, () => prompt)), rng('samples'));
    await sampler.dispose();
    return sampledProblems.map((problem, q) => completions.slice(q * samples, (q + 1) * samples).map((completion) => ({ ...completion, problem, prompt: prompts[q], text: tokenizer.decode(completion.tokens) })));
  };

  /** What the samples say: whether they are right, and the answers. */
  const sampledScore = async (weights: Tree): Promise<Pick<PolicyScore, 'passAt' | 'majority' | 'entropy'>> => {
    const groups = await sampled(weights);
    const votes = answerVote(groups.map((group) => group.map(({ text }) => answerOf(text))));
    const logProbs = groups.flat().flatMap((completion) => completion.logProbs);
    const shares = passAtK(groups.map((group, q) => group.map(({ text }) => right(q, text))), KS);
    return {
      passAt: Object.fromEntries(KS.map((k, i) => [k, shares[i]])),
      majority: votes.filter((vote, q) => vote.answer !== undefined && right(q, `#${vote.answer}`)).length / sampledProblems.length,
      entropy: -logProbs.reduce((sum, value) => sum + value, 0) / logProbs.length,
    };
  };

  return {
    evaluate: (weights) => answer(weights, questions.evaluation),
    async score(weights) {
      const { accuracy, length, transcripts } = await answer(weights, questions.final);
      return { score: { accuracy, problems: questions.final.length, length, reasons: counted(transcripts), ...(await sampledScore(weights)) }, transcripts };
    },
    async modelScore(weights, scorer) {
      const groups = await sampled(weights);
      const scores = (await scorer.score(groups.flat())).map(({ reward }) => reward);
      return modelScoreOf(groups.map((group, q) => group.map(({ text }, i) => ({ score: scores[q * samples + i], right: right(q, text) }))));
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
