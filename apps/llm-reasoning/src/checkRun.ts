import { grpo } from '@rivulet/algorithms';
import { Rng } from '@rivulet/engine';
import { examQuestions } from './examQuestions.js';
import { methodConfig } from './methodConfig.js';
import type { RunConfig } from './runConfig.js';
import { runParts } from './runParts.js';

/**
 * Makes the parts of a run and frees them again, so that what cannot work is refused before anything is written.
 * @throws when the task's options, the model's sizes and the method's settings do not go together, or there are too few held-out problems.
 */
export function checkRun(config: RunConfig): void {
  const parts = runParts(config);
  examQuestions(config, parts.task);
  const { actor, learner } = grpo({ ...methodConfig.parse(config.settings), newTokens: parts.room.newTokens }, { ...parts, promptTokens: parts.room.promptTokens, rng: Rng.fromSeed(config.seed) });
  actor.dispose();
  learner.dispose();
}
