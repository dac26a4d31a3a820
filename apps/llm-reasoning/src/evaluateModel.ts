import type { Transcript } from '@rivulet/algorithms';
import { chosenCheckpoint } from '@rivulet/tracking';
import { examiner } from './examiner.js';
import type { LanguageFolder } from './languageFolder.js';
import type { PolicyScore } from './policyScore.js';
import { reachedIn } from './reachedIn.js';
import type { RunConfig } from './runConfig.js';
import { runParts } from './runParts.js';
import type { RunStatus } from './runStatus.js';
import { storedPolicy } from './storedPolicy.js';

export interface EvaluateModelOptions {
  readonly config: RunConfig;
  readonly folder: LanguageFolder;
  /** Held-out problems to ask; as many as at the end of the run by default. */
  readonly problems?: number;
  /** Of the problems; that of the run by default, which gives those of its judgements. With another one, there may be problems among them that evaluations during training have asked. */
  readonly seed?: number;
}

/** What the policy of a run can do, and where the run stood. */
export interface ModelEvaluation {
  readonly score: PolicyScore;
  readonly transcripts: readonly Transcript[];
  readonly phase: RunStatus['phase'];
  readonly step: number;
  readonly seed: number;
}

/**
 * Lets the policy of a run's newest checkpoint answer held-out problems, as at the end of the run. The run may be going on.
 * @throws when the folder holds no checkpoint, or a damaged one, and when there are too few held-out problems.
 */
export async function evaluateModel({ config, folder, problems = config.finalProblems, seed = config.seed }: EvaluateModelOptions): Promise<ModelEvaluation> {
  const { snapshot, step } = await chosenCheckpoint(folder, 'latest');
  const parts = runParts(config);
  try {
    const judge = examiner({ ...config, finalProblems: problems, seed }, parts);
    const reached = reachedIn(snapshot);
    const { weights, dispose } = await storedPolicy(parts, config, reached);
    try {
      return { ...(await judge.score(weights)), phase: reached.status.phase, step, seed };
    } finally {
      dispose();
      await judge.dispose();
    }
  } finally {
    parts.dispose();
  }
}
