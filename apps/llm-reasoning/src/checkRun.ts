import { examQuestions } from './examQuestions.js';
import { phaseParts } from './phaseParts.js';
import type { RunConfig } from './runConfig.js';
import { runParts } from './runParts.js';

/**
 * Makes the parts of a run and frees them again, so that what cannot work is refused before anything is written.
 * @throws when the task's options, the model and the method's settings do not go together, or there are too few held-out problems.
 */
export function checkRun(config: RunConfig): void {
  const parts = runParts(config);
  try {
    examQuestions(config, parts.task);
    const { actor, learner } = phaseParts.method(parts, config);
    actor.dispose();
    learner.dispose();
  } finally {
    parts.dispose();
  }
}
