import { disposeTree, snapshotPart, type Tree } from '@rivulet/engine';
import { frozenTree } from './frozenTree.js';
import { languageMethod } from './languageMethods.js';
import type { Reached } from './learnPhase.js';
import { phaseParts } from './phaseParts.js';
import type { RunConfig } from './runConfig.js';
import type { RunParts } from './runParts.js';

/** The policy's weights where a run stands; they are valid until `dispose`. */
export async function storedPolicy(parts: RunParts, config: RunConfig, { status: { phase }, run, frozen }: Reached): Promise<{ readonly weights: Tree; dispose(): void }> {
  if (phase === 'rewardModel') {
    const weights = frozenTree((rng) => parts.policy.init(rng), snapshotPart(frozen!, 'policy'));
    return { weights, dispose: () => disposeTree(weights) };
  }
  const { actor, learner } = phaseParts[phase](parts, config);
  const dispose = (): void => {
    actor.dispose();
    learner.dispose();
  };
  try {
    if (run !== undefined) await learner.restore(snapshotPart(run, 'learner'));
  } catch (error) {
    dispose();
    throw error;
  }
  return { weights: phase === 'method' ? languageMethod(config.method).policyOf(learner.weights) : learner.weights, dispose };
}
