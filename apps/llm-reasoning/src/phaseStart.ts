import type { PhaseEnd, RunStatus } from './runStatus.js';

/** What was done before the phase that a run is in. */
export function phaseStart({ phase, warmStart, rewardModel }: RunStatus): PhaseEnd {
  const before = { warmStart: null, rewardModel: warmStart, method: rewardModel ?? warmStart }[phase];
  return before ?? { rounds: 0, tokens: 0, updates: 0, seconds: 0 };
}
