import { joinSnapshots, snapshotPart, treeSnapshot } from '@rivulet/engine';
import { afterWarmStart } from './afterWarmStart.js';
import { frozenTree } from './frozenTree.js';
import type { PhaseContext, Reached } from './learnPhase.js';
import { phaseEnd } from './phaseEnd.js';
import { phaseParts } from './phaseParts.js';
import { rewardModelConfig } from './rewardModelConfig.js';
import type { RunParts } from './runParts.js';
import type { RunPhase } from './runPhase.js';

/** Comparisons of what the policy writes after the warm start: it stays as it is, and a reward model learns which completions the judge prefers. */
export function rewardModelPhase(parts: RunParts, context: PhaseContext): RunPhase {
  const { config } = context;
  const make = ({ frozen }: Reached) => phaseParts.rewardModel(parts, config, frozenTree((rng) => parts.policy.init(rng), snapshotPart(frozen!, 'policy')));
  return {
    name: 'rewardModel',
    label: 'reward model',
    rounds: rewardModelConfig.parse(config.rewardModel).rounds,
    over: ({ rewardModel }) => rewardModel !== null,
    ended: (status) => ({ ...status, rewardModel: phaseEnd(status) }),
    begin: async (before) => {
      const { status, weights, dispose } = await afterWarmStart(before, parts, context);
      const frozen = joinSnapshots({ policy: await treeSnapshot(weights) });
      dispose();
      const begun = { status: { ...status, phase: 'rewardModel', round: 0 }, frozen } as const;
      return { ...begun, made: make(begun) };
    },
    make,
  };
}
