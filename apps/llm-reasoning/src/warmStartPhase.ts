import type { PhaseContext } from './learnPhase.js';
import { phaseEnd } from './phaseEnd.js';
import { phaseParts } from './phaseParts.js';
import type { RunParts } from './runParts.js';
import type { RunPhase } from './runPhase.js';
import { warmStartConfig } from './warmStartConfig.js';

/** Worked solutions, until the policy solves as many problems as it should. A run begins in it, also where it has no rounds. */
export function warmStartPhase(parts: RunParts, { config }: PhaseContext): RunPhase {
  const { until, rounds, evaluateEvery } = warmStartConfig.parse(config.warmStart);
  return {
    name: 'warmStart',
    label: 'warm start',
    rounds,
    evaluation: { every: evaluateEvery, until, policyOf: (weights) => weights },
    over: ({ warmStart }) => rounds === 0 || warmStart !== null,
    ended: (status) => ({ ...status, warmStart: phaseEnd(status) }),
    make: () => phaseParts.warmStart(parts, config),
  };
}
