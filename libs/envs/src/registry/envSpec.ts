import { findEntry } from './entries.js';

/** What is known of an environment without making a batch of it. */
export interface EnvSpec {
  readonly id: string;
  /** Steps after which an episode is truncated; undefined for no limit. */
  readonly maxEpisodeSteps: number | undefined;
  /** The return from which the task counts as solved, if the task names one. */
  readonly rewardThreshold: number | undefined;
}

/** The specification of an id. @throws for an unknown id, naming the nearest one. */
export function envSpec(id: string): EnvSpec {
  const entry = findEntry(id);
  const { maxEpisodeSteps, rewardThreshold } = 'definition' in entry ? entry.definition() : entry;
  return { id, maxEpisodeSteps, rewardThreshold };
}
