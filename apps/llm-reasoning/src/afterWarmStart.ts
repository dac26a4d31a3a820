import type { Tree } from '@rivulet/engine';
import type { PhaseContext, Reached } from './learnPhase.js';
import { phaseEnd } from './phaseEnd.js';
import type { RunParts } from './runParts.js';
import type { RunStatus } from './runStatus.js';
import { storedPolicy } from './storedPolicy.js';
import { writeTranscripts } from './writeTranscripts.js';

/** The policy as the warm start left it, and the status with its judgement. */
export async function afterWarmStart(before: Reached, parts: RunParts, { config, examiner, transcripts, progress }: PhaseContext): Promise<{ readonly status: RunStatus; readonly weights: Tree; dispose(): void }> {
  const { status } = before;
  const { weights, dispose } = await storedPolicy(parts, config, before);
  try {
    const { score, transcripts: all } = await examiner.score(weights);
    writeTranscripts(transcripts, { phase: 'afterWarmStart', round: status.round, step: status.step }, all.slice(0, config.transcripts));
    progress?.write(`after the warm start  held out ${(100 * score.accuracy).toFixed(1)} % of ${score.problems} problems that no evaluation during training sees\n`);
    return { status: { ...status, warmStart: status.warmStart ?? phaseEnd(status), warmScore: score }, weights, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}
