import type { Rng, Tree } from '@rivulet/engine';
import { answerVote, bestOfNEstimate, bestOfNKl } from '@rivulet/evaluation';
import { lastValueFrom, of } from 'rxjs';
import type { CompletionGroup } from '../flows/completionGroup.js';
import { keepCompletions } from '../flows/keepCompletions.js';
import type { Scorer } from '../flows/scorer.js';
import { scoreGroups } from '../flows/scoreGroups.js';
import type { TokenGenerator } from '../generation/tokenGenerator.js';
import { type Transcript, transcriptsOf } from '../transcript.js';
import type { TextTokenizer, VerifiableTask } from '../verifiableTask.js';
import { verifierScorer } from '../flows/verifierScorer.js';
import { writeGroups } from '../flows/writeGroups.js';

export interface BestOfNOptions {
  readonly task: VerifiableTask;
  readonly tokenizer: TextTokenizer;
  /** Writes the samples; temperature and room are its own. */
  readonly generator: TokenGenerator;
  /** Chooses among the samples of a problem, such as `rewardScorer`. */
  readonly scorer: Scorer;
  /** What a sample is truly worth. Default: the task's verifier. */
  readonly truth?: Scorer;
  readonly problems: number;
  /** N: samples of each problem. */
  readonly samples: number;
  /** Each from 1 to N. Default: the powers of two up to N. */
  readonly ns?: readonly number[];
  /** Default: heldOut. */
  readonly split?: 'train' | 'heldOut';
  /** To vote as well: the answer that a text gives, undefined for none, and what a vote weighs, given the sample's score. */
  readonly vote?: { readonly answerOf: (text: string) => string | undefined; readonly weightOf: (score: number) => number };
  readonly rng: Rng;
}

/** What choosing among samples is worth, see {@link bestOfN}. */
export interface BestOfN {
  readonly ns: readonly number[];
  /** For each n the expected true reward of the sample that the scorer likes best: the accuracy, where rewards are 0 or 1. */
  readonly accuracy: readonly number[];
  /** For each n the expected score of that sample. */
  readonly score: readonly number[];
  /** For each n what the best sample of all is worth: how far a perfect scorer would get. */
  readonly possible: readonly number[];
  /** For each n by how much the choice may diverge from the generator, in nats. */
  readonly kl: readonly number[];
  /** Where a vote is asked for: the true reward of what all N samples elect, by heads and by the weights. */
  readonly vote?: { readonly majority: number; readonly weighted: number };
  /** The best of each problem's N samples, with its true reward. */
  readonly transcripts: readonly Transcript[];
}

/**
 * Best of n at test time: of n samples of a problem the one that a scorer likes best is the answer. N samples of each problem give the estimate for every n ≤ N, without bias.
 *
 * Source: Stiennon et al., "Learning to summarize from human feedback" (2020); Cobbe et al., "Training verifiers to solve math word problems" (2021); the estimate with `bestOfNEstimate`, the vote with `answerVote`.
 *
 * @param weights the generator's
 * @throws (rejects) when an n is out of range, or a vote's weight is negative.
 */
export async function bestOfN(weights: Tree, options: BestOfNOptions): Promise<BestOfN> {
  const { task, tokenizer, generator, scorer, truth = verifierScorer(task), samples, split = 'heldOut', vote, rng } = options;
  const { ns = Array.from({ length: Math.floor(Math.log2(samples)) + 1 }, (_, i) => 2 ** i) } = options;
  const problems = Array.from({ length: options.problems }, () => task.sample(rng, { split }));
  const written = await lastValueFrom(of(problems).pipe(writeGroups({ generator, tokenizer, weights, groupSize: samples, rng })));
  const judgedBy = async (judge: Scorer): Promise<readonly CompletionGroup[]> => lastValueFrom(of(written).pipe(scoreGroups(judge)));
  const [liked, found] = [await judgedBy(scorer), await judgedBy(truth)];
  const [scores, values] = [liked, found].map((groups) => groups.map(({ rewards }) => rewards));
  return {
    ns,
    accuracy: bestOfNEstimate(scores, values, ns),
    score: bestOfNEstimate(scores, scores, ns),
    possible: bestOfNEstimate(values, values, ns),
    kl: ns.map(bestOfNKl),
    ...(vote === undefined ? {} : { vote: electedRewards(liked, values, vote) }),
    transcripts: transcriptsOf(found.map((group, q) => keepCompletions(group, [scores[q].indexOf(Math.max(...scores[q]))]))),
  };
}

/** The mean true reward of the answers that the samples elect; 0 where none gives one. */
function electedRewards(liked: readonly CompletionGroup[], values: readonly (readonly number[])[], { answerOf, weightOf }: NonNullable<BestOfNOptions['vote']>): NonNullable<BestOfN['vote']> {
  const answers = liked.map(({ texts }) => texts.map(answerOf));
  const rewardOf = (weights?: readonly (readonly number[])[]): number =>
    answerVote(answers, weights).reduce((sum, { answer }, q) => sum + (answer === undefined ? 0 : values[q][answers[q].indexOf(answer)]), 0) / answers.length;
  return { majority: rewardOf(), weighted: rewardOf(liked.map(({ rewards }) => rewards.map(weightOf))) };
}
