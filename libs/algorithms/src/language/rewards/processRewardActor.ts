import { type HostBatch, joinSnapshots, ndarray, restoreRng, snapshotPart, snapshotRng, type Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import { concatMap } from 'rxjs';
import type { CompletionWriter } from './completionWriter.js';
import { requireFreePlace } from './requireFreePlace.js';
import { stepEnds } from './stepEnds.js';
import type { StepJudge } from './stepJudge.js';
import { taskActor, type TaskActorOptions } from '../flows/taskActor.js';
import type { VerifiableTask } from '../verifiableTask.js';

export interface ProcessRewardActorOptions extends Omit<TaskActorOptions, 'generator' | 'rounds' | 'select'> {
  readonly task: VerifiableTask;
  readonly writer: CompletionWriter;
  /** The tokens that end a step. */
  readonly separators: readonly number[];
  readonly judge: StepJudge;
  /** Steps after the first that is labelled 0 do not count. */
  readonly untilMistake: boolean;
}

/** The steps of a completion that count, and what they were found. */
interface LabelledSteps {
  readonly ends: readonly number[];
  readonly labels: readonly number[];
}

/**
 * An actor whose chunks are solutions with labelled steps: beside the arrays of a `tokenRollout`, `stepEnd` [N, T], 1 at the last token of each step that counts, and `stepLabel` [N, T], how good it is, at the same places.
 * Whoever learns from them, it is the writer's weights that write.
 *
 * @throws (from `collect`) as {@link taskActor}, when the judge does not label every step within [0, 1], and when a completion leaves no place after it in the room.
 */
export function processRewardActor({ writer, separators, judge, untilMistake, ...options }: ProcessRewardActorOptions): Actor<Tree, HostBatch> {
  const [actorRng, judgeRng] = options.rng.split(2);
  let luck = judgeRng;
  let labelled: LabelledSteps[] = [];
  const actor = taskActor({
    ...options,
    rng: actorRng,
    generator: writer.generator,
    select: concatMap(async (group) => {
      const ends = group.completions.map(({ tokens }) => stepEnds(tokens, separators));
      const labels = await judge.judge(group, ends, luck);
      labelled.push(...ends.map((own, i) => counted({ ends: own, labels: checked(labels[i], own.length) }, untilMistake)));
      return group;
    }),
  });
  return {
    async collect() {
      labelled = [];
      const { data, ...chunk } = await actor.collect(writer.weights);
      requireFreePlace(data);
      return { ...chunk, data: { ...data, ...labelArrays(labelled, data.written.shape[1]) } };
    },
    async snapshot() {
      return joinSnapshots({ actor: await actor.snapshot(), judge: snapshotRng(luck) });
    },
    async restore(snapshot) {
      await actor.restore(snapshotPart(snapshot, 'actor'));
      luck = restoreRng(snapshotPart(snapshot, 'judge'));
    },
    dispose() {
      actor.dispose();
      judge.dispose?.();
    },
  };
}

function checked(labels: readonly number[] | undefined, steps: number): readonly number[] {
  if (labels?.length !== steps) throw new Error(`processRewardActor: a completion has ${steps} steps, the judge labelled ${labels?.length ?? 0}`);
  const bad = labels.findIndex((label) => !(label >= 0 && label <= 1));
  if (bad >= 0) throw new Error(`processRewardActor: the label of step ${bad} must be in [0, 1], the judge gave ${labels[bad]}`);
  return labels;
}

function counted({ ends, labels }: LabelledSteps, untilMistake: boolean): LabelledSteps {
  const mistake = untilMistake ? labels.indexOf(0) : -1;
  return mistake < 0 ? { ends, labels } : { ends: ends.slice(0, mistake + 1), labels: labels.slice(0, mistake + 1) };
}

function labelArrays(rows: readonly LabelledSteps[], width: number): HostBatch {
  const [stepEnd, stepLabel] = [ndarray('float32', [rows.length, width]), ndarray('float32', [rows.length, width])];
  rows.forEach(({ ends, labels }, row) =>
    ends.forEach((end, k) => {
      stepEnd.data[row * width + end] = 1;
      stepLabel.data[row * width + end] = labels[k];
    }),
  );
  return { stepEnd, stepLabel };
}
