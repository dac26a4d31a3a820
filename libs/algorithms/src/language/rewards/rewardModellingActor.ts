import { type HostBatch, joinSnapshots, restoreRng, snapshotPart, snapshotRng, type Tree } from '@rivulet/engine';
import type { Actor } from '@rivulet/streams';
import { identity } from 'rxjs';
import type { CompletionWriter } from './completionWriter.js';
import { informativeGroups } from '../flows/informativeGroups.js';
import { rankedGroups } from './rankedGroups.js';
import { requireFreePlace } from './requireFreePlace.js';
import { taskActor, type TaskActorOptions } from '../flows/taskActor.js';

export interface RewardModellingActorOptions extends Omit<TaskActorOptions, 'generator' | 'rounds' | 'select'> {
  readonly writer: CompletionWriter;
  /** Draw again, at most four times as much, until groups have completions of different reward. */
  readonly informative: boolean;
  /** τ of {@link rankedGroups}. */
  readonly noise: number;
}

/**
 * An actor whose chunks are groups of completions as a judge ranks them, the best first, with its judgements as rewards. Whoever learns from them, it is the writer's weights that write. Episodes report the rewards
 * without noise.
 *
 * @throws (from `collect`) as {@link taskActor}, and when a completion leaves no place after it in the room.
 */
export function rewardModellingActor({ writer, informative, noise, ...options }: RewardModellingActorOptions): Actor<Tree, HostBatch> {
  const [actorRng, judgeRng] = options.rng.split(2);
  let judge = judgeRng;
  const actor = taskActor({
    ...options,
    rng: actorRng,
    generator: writer.generator,
    rounds: informative ? 4 : 1,
    select: (groups$) => groups$.pipe(informative ? informativeGroups(options.prompts) : identity, rankedGroups({ noise, rng: judge })),
  });
  return {
    async collect() {
      const chunk = await actor.collect(writer.weights);
      requireFreePlace(chunk.data);
      return chunk;
    },
    async snapshot() {
      return joinSnapshots({ actor: await actor.snapshot(), judge: snapshotRng(judge) });
    },
    async restore(snapshot) {
      await actor.restore(snapshotPart(snapshot, 'actor'));
      judge = restoreRng(snapshotPart(snapshot, 'judge'));
    },
    dispose: () => actor.dispose(),
  };
}
