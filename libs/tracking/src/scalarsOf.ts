import type { EpisodeSummary, Message } from '@rivulet/streams';

/** A number with its name, for instance `update/policyLoss`. */
export interface Scalar {
  readonly tag: string;
  readonly value: number;
}

function meansOf(episodes: readonly EpisodeSummary[], prefix: string): Scalar[] {
  if (episodes.length === 0) return [];
  const mean = (key: 'return' | 'length'): number => episodes.reduce((sum, episode) => sum + episode[key], 0) / episodes.length;
  return [
    { tag: `${prefix}/episodeReturn`, value: mean('return') },
    { tag: `${prefix}/episodeLength`, value: mean('length') },
  ];
}

/**
 * The numbers of a message that are worth a plot.
 *
 * | message | tags |
 * | --- | --- |
 * | rollout | `rollout/meanReturn` (last 100 episodes), `rollout/episodeReturn` and `rollout/episodeLength` (means of the chunk), `rollout/policyLag` |
 * | update | `update/updates`, and `update/<name>` per metric |
 * | evaluation | `evaluation/meanReturn`, `evaluation/episodeReturn`, `evaluation/episodeLength` |
 *
 * Numbers that a message lacks are left out; checkpoints and boundaries have none.
 */
export function scalarsOf(message: Message): Scalar[] {
  switch (message.kind) {
    case 'rollout': {
      const mean = message.meanReturn === undefined ? [] : [{ tag: 'rollout/meanReturn', value: message.meanReturn }];
      return [...mean, ...meansOf(message.episodes, 'rollout'), { tag: 'rollout/policyLag', value: message.policyLag }];
    }
    case 'update':
      return [{ tag: 'update/updates', value: message.updates }, ...Object.entries(message.metrics).map(([name, value]) => ({ tag: `update/${name}`, value }))];
    case 'evaluation':
      return [{ tag: 'evaluation/meanReturn', value: message.meanReturn }, ...meansOf(message.episodes, 'evaluation')];
    case 'checkpoint':
    case 'boundary':
      return [];
  }
}
