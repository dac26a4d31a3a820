import { type PolicyWeights, train } from '@rivulet/algorithms';
import { joinSnapshots, Rng, saveCheckpoint, type Snapshot } from '@rivulet/engine';
import { checkpointEvery, evaluateEvery, type Message, untilEvaluation, untilReturn, untilSteps } from '@rivulet/streams';
import { progressBar, type ProgressStream, type RunFolder, runFault, syncFile, toJsonl, toTensorBoard } from '@rivulet/tracking';
import { identity, lastValueFrom, type MonoTypeOperatorFunction, type Observable, tap } from 'rxjs';
import { algorithms } from './algorithms.js';
import { evaluator } from './evaluator.js';
import type { LearningStart } from './learningStart.js';
import { makeEnv } from './makeEnv.js';
import type { RunConfig } from './runConfig.js';
import type { StopReason } from './runResult.js';
import type { RunStatus } from './runStatus.js';

type RunMessage = Message<PolicyWeights>;

export interface LearnOptions {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  readonly start: LearningStart;
  readonly signal?: AbortSignal;
  readonly progress?: ProgressStream;
}

function when<T>(condition: boolean, operator: () => MonoTypeOperatorFunction<T>): MonoTypeOperatorFunction<T> {
  return condition ? operator() : identity;
}

/** The run as a stream with its ends and evaluations; `onEnd` hears which end was reached, and nothing when the run was interrupted. */
function trainingMessages({ config, start, signal }: LearnOptions, onEnd: (reason: StopReason) => void): Observable<RunMessage> {
  const { env, seed, steps, untilReturn: goal, untilEvaluation: evaluationGoal, evaluateEvery: interval, episodes } = config;
  const algorithm = algorithms[config.algorithm].make(config.settings);
  const evaluate = evaluator(algorithm, env);
  const evaluationRng = Rng.fromSeed(seed).foldIn('evaluations');
  let ended = false;
  // The operator that reached its end completes those further down, and an interrupted source completes them all: only the first is heard.
  const endsBy = (onFirst: () => void): MonoTypeOperatorFunction<RunMessage> =>
    tap({
      complete: () => {
        if (!ended) onFirst();
        ended = true;
      },
    });
  return train(algorithm, { env: (n) => makeEnv(env, n), seed, steps, resume: start.run, signal }).pipe(
    endsBy(() => undefined),
    untilSteps(steps),
    endsBy(() => onEnd('steps')),
    when(goal !== 'never', () => untilReturn(Number(goal))),
    endsBy(() => onEnd('return')),
    when(interval > 0, () => evaluateEvery({ steps: interval, evaluate: (weights, step) => evaluate(weights, { episodes, seed: evaluationRng.foldIn(step).nextUint32() }) })),
    when(evaluationGoal !== 'never', () => untilEvaluation(Number(evaluationGoal))),
    endsBy(() => onEnd('evaluation')),
  );
}

/** Trains until one of the config's ends is reached, or the signal aborts; keeps metrics and checkpoints; returns how far it came. */
export async function learn(options: LearnOptions): Promise<RunStatus> {
  const { config, folder, start, progress } = options;
  const begun = performance.now();
  let reached = start.status;
  const status = (): RunStatus => ({ ...reached, seconds: start.status.seconds + (performance.now() - begun) / 1000 });
  const watch = (message: RunMessage): void => {
    if (message.kind === 'update') reached = { ...reached, updates: message.updates };
    if (message.kind === 'rollout') reached = { ...reached, step: message.step, training: message.meanReturn ?? null };
  };
  const save = (run: Snapshot, step: number): Promise<string> => {
    // First, so that a checkpoint never knows of more lines than survive a power cut.
    syncFile(start.metrics.path);
    const data = { ...status(), metrics: start.metrics.position };
    return saveCheckpoint(folder.checkpoints, joinSnapshots({ run, status: { arrays: {}, data } }), { step });
  };
  const messages$ = trainingMessages(options, (stopped) => (reached = { ...reached, stopped })).pipe(
    tap(watch),
    toJsonl(start.metrics),
    toTensorBoard(folder.tensorBoard, start.run === undefined ? {} : { resumedAt: start.status.step }),
    checkpointEvery({ ...(config.checkpointSeconds > 0 ? { seconds: config.checkpointSeconds } : {}), atEnd: true, save }),
    when(progress !== undefined, () => progressBar({ total: config.steps, stream: progress })),
  );
  try {
    await lastValueFrom(messages$, { defaultValue: undefined });
  } catch (error) {
    throw await runFault(error as Error, folder, reached.step);
  }
  return status();
}
