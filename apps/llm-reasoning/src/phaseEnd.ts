import type { PhaseEnd, RunStatus } from './runStatus.js';

/** What stands in the status where a phase has ended. */
export function phaseEnd({ round, step, updates, seconds }: RunStatus): PhaseEnd {
  return { rounds: round, tokens: step, updates, seconds };
}
