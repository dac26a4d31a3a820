import type { Rng, Tree } from '@rivulet/engine';
import { concatMap, type OperatorFunction } from 'rxjs';
import type { WrittenGroup } from './completionGroup.js';
import type { TokenGenerator } from '../generation/tokenGenerator.js';
import type { TextProblem, TextTokenizer } from '../verifiableTask.js';

export interface WriteGroupsOptions {
  readonly generator: TokenGenerator;
  readonly tokenizer: Pick<TextTokenizer, 'encode' | 'decode'>;
  /** Of the policy that writes. */
  readonly weights: Tree;
  /** G: completions of each problem. Default: 1. */
  readonly groupSize?: number;
  readonly rng: Rng;
}

/**
 * Rollout as a flow: rounds of problems become rounds of written groups, one round after another. A round is written side by side, in one call of the generator.
 *
 * ```
 * problems:  [p q]-------[r s]------|
 * groups:    ------[P Q]-------[R S]|
 * ```
 */
export function writeGroups({ generator, tokenizer, weights, groupSize = 1, rng }: WriteGroupsOptions): OperatorFunction<readonly TextProblem[], readonly WrittenGroup[]> {
  return concatMap(async (problems) => {
    const prompts = problems.map(({ prompt }) => tokenizer.encode(prompt));
    const written = await generator.generate(weights, prompts.flatMap((prompt) => Array.from({ length: groupSize }, () => prompt)), rng);
    return problems.map((problem, q) => {
      const completions = written.slice(q * groupSize, (q + 1) * groupSize);
      return { problem, prompt: prompts[q], completions, texts: completions.map(({ tokens }) => tokenizer.decode(tokens)) };
    });
  });
}
