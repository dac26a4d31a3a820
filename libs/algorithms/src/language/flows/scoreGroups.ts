import { concatMap, type OperatorFunction } from 'rxjs';
import type { CompletionGroup, WrittenGroup } from './completionGroup.js';
import type { Answer, Judged, Scorer } from './scorer.js';

/**
 * Scoring as a flow: rounds of written groups get their rewards, one round after another. The completions of a round are judged in one call of the scorer.
 *
 * @throws (as an error of the stream) when the scorer does not judge every completion, or a reward is not finite.
 */
export function scoreGroups(scorer: Scorer): OperatorFunction<readonly WrittenGroup[], readonly CompletionGroup[]> {
  return concatMap(async (groups) => {
    const answers = groups.flatMap(answersOf);
    const verdicts = await scorer.score(answers);
    checkVerdicts(answers, verdicts);
    let next = 0;
    return groups.map((group) => {
      const own = verdicts.slice(next, (next += group.completions.length));
      return { ...group, rewards: own.map(({ reward }) => reward), reasons: own.map(({ reason }) => reason) };
    });
  });
}

function answersOf({ problem, prompt, completions, texts }: WrittenGroup): Answer[] {
  return completions.map(({ tokens, ended }, i) => ({ problem, prompt, text: texts[i], tokens, ended }));
}

function checkVerdicts(answers: readonly Answer[], verdicts: readonly Judged[]): void {
  if (verdicts.length !== answers.length) throw new Error(`scoreGroups: the scorer judged ${verdicts.length} of ${answers.length} answers`);
  const wrong = verdicts.findIndex(({ reward }) => !Number.isFinite(reward));
  if (wrong >= 0) throw new Error(`scoreGroups: the reward of '${answers[wrong].text}' after '${answers[wrong].problem.prompt}' must be finite, the scorer gave ${verdicts[wrong].reward}`);
}
