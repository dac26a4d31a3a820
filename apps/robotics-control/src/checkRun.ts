import type { RunConfig } from './runConfig.js';
import { startRun } from './startRun.js';

/**
 * Makes the parts of a run and frees them again, so that what cannot work is refused before anything is written.
 * @throws when the environment is unknown, or algorithm, settings and environment do not go together.
 */
export function checkRun(config: RunConfig): void {
  const { actor, learner } = startRun(config);
  actor.dispose();
  learner.dispose();
}
