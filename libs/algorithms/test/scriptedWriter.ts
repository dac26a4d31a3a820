import type { Rng, Tree } from '@rivulet/engine';
import type { CompletionWriter } from '../src/index.js';

/** Writes what a function draws, given the tokens of a prompt. */
export function scriptedWriter(draw: (prompt: readonly number[], rng: Rng) => readonly number[]): CompletionWriter {
  return {
    generator: {
      generate: async (_, prompts, rng) =>
        prompts.map((prompt) => {
          const tokens = draw(prompt, rng);
          return { tokens, logProbs: tokens.map(() => -1), ended: true };
        }),
      dispose: async () => undefined,
    },
    weights: {} as Tree,
  };
}
