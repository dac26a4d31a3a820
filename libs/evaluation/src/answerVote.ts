/** What {@link answerVote} decides for a question. */
export interface Vote {
  /** The answer with the most votes; undefined when no sample gave one. */
  readonly answer: string | undefined;
  /** Its share of all votes, those of samples without an answer included; 0 without an answer. */
  readonly share: number;
}

/**
 * The majority vote over sampled answers (self-consistency), by question: argmax over answers of Σ w·1[answer].
 *
 * Of equals the one that was given first wins. Answers are compared as texts: bring them to one form before. Weights make it the weighted vote of a verifier or reward model.
 *
 * @param answers [questions][samples]; undefined where a sample gave none, which is never elected.
 * @param weights [questions][samples], finite and not negative; 1 unless given.
 * @returns one {@link Vote} for each question.
 * @throws when weights do not fit the answers or are out of range.
 * Source: Wang et al. (2022), Self-Consistency Improves Chain of Thought Reasoning in Language Models, §2; weighted: Li et al. (2023), Making Large Language Models Better Reasoners with
 * Step-Aware Verifier.
 */
export function answerVote(answers: readonly (readonly (string | undefined)[])[], weights?: readonly (readonly number[])[]): Vote[] {
  if (weights !== undefined && weights.length !== answers.length) throw new Error(`answerVote: there are answers to ${answers.length} questions, and weights for ${weights.length}`);
  return answers.map((samples, question) => {
    const own = weights?.[question] ?? samples.map(() => 1);
    if (own.length !== samples.length) throw new Error(`answerVote: question ${question} has ${samples.length} answers and ${own.length} weights`);
    const bad = own.findIndex((weight) => !(weight >= 0 && weight < Infinity));
    if (bad >= 0) throw new Error(`answerVote: weight ${bad} of question ${question} must be finite and not negative, got ${own[bad]}`);
    return elected(samples, own);
  });
}

function elected(samples: readonly (string | undefined)[], weights: readonly number[]): Vote {
  const votes = new Map<string, number>();
  samples.forEach((answer, i) => answer !== undefined && votes.set(answer, (votes.get(answer) ?? 0) + weights[i]));
  let best: string | undefined;
  for (const [answer, count] of votes) if (best === undefined || count > votes.get(best)!) best = answer;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { answer: best, share: best === undefined || total === 0 ? 0 : votes.get(best)! / total };
}
