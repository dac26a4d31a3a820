import type { RunResult } from '@rivulet/robotics-control';
import type { Output } from './output.js';

const reasons: { readonly [reason in RunResult['stopped']]: string } = {
  return: 'the training return was reached',
  evaluation: 'an evaluation reached its return',
  steps: 'all steps were made',
  interrupted: 'interrupted',
};

/** Tells people what a run came to. */
export function reportRun({ stopped, steps, seconds, stepsPerSecond, scores, files }: RunResult, { say }: Output): void {
  say(`${reasons[stopped]} after ${steps} steps, ${seconds.toFixed(1)} s (${Math.round(stepsPerSecond)} steps/s)`);
  if (scores.training !== null) say(`training:   mean return ${scores.training.toFixed(1)} (last 100 episodes)`);
  const { evaluation } = scores;
  if (evaluation !== null) say(`evaluation: mean return ${evaluation.mean.toFixed(1)} ± ${evaluation.std.toFixed(1)} (${evaluation.returns.length} fresh episodes)`);
  say(`files:      ${files.folder}`);
  if (stopped === 'interrupted') say(`continue:   rivulet run --resume ${files.folder}`);
}
