import type { Tree } from '@rivulet/engine';
import type { TokenGenerator } from '../generation/tokenGenerator.js';

/** Who writes completions for others to judge: a policy that does not learn, or a script. */
export interface CompletionWriter {
  /** Freed with what it is given to. */
  readonly generator: TokenGenerator;
  /** What it writes with, read for every chunk: with a getter a policy that goes on learning. The caller keeps them alive, and frees them. */
  readonly weights: Tree;
}
