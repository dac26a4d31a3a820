import { Rng } from '@rivulet/engine';
import { type Problem, problems as draw, type TokenTask } from '@rivulet/envs-language';
import type { RunConfig } from './runConfig.js';

/** Problems of the held-out split, all different. */
export interface ExamQuestions {
  /** Of the evaluations during training. */
  readonly evaluation: readonly Problem[];
  /** Of the judgements after the warm start and at the end. */
  readonly final: readonly Problem[];
}

/**
 * Draws what policies are asked: no problem twice, so that the judgements ask nothing that decided when a phase ended.
 * @throws when the held-out split has too few different problems.
 */
export function examQuestions({ seed, problems, finalProblems }: Pick<RunConfig, 'seed' | 'problems' | 'finalProblems'>, task: TokenTask): ExamQuestions {
  const wanted = problems + finalProblems;
  let drawn: readonly Problem[];
  try {
    drawn = draw(task, wanted, Rng.fromSeed(seed).foldIn('held out'), { split: 'heldOut' });
  } catch (error) {
    throw new Error(`${task.name}: there seem to be fewer than ${wanted} different held-out problems (problems + finalProblems): ask for fewer, or hold out a larger share`, { cause: error });
  }
  return { evaluation: drawn.slice(0, problems), final: drawn.slice(problems) };
}
