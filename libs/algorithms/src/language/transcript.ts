import type { CompletionGroup } from './flows/completionGroup.js';

/** One completion, as a reader sees it. */
export interface Transcript {
  readonly prompt: string;
  readonly text: string;
  readonly reward: number;
  /** Why: the verifier's word, or 'unfinished' in front of it when the room was over first. */
  readonly reason: string;
  /** Tokens that the policy wrote. */
  readonly tokens: number;
  /** Of an episode of several turns, whose text has the replies too. */
  readonly turns?: number;
  /** Of a task that has tools. */
  readonly toolCalls?: number;
}

/** The completions of groups, one after another. */
export function transcriptsOf(groups: readonly CompletionGroup[]): Transcript[] {
  return groups.flatMap(({ problem, completions, texts, rewards, reasons }) =>
    completions.map(({ tokens, own, ended, turns, toolCalls }, i) => ({
      prompt: problem.prompt,
      text: texts[i],
      reward: rewards[i],
      reason: ended ? reasons[i] : `unfinished, ${reasons[i]}`,
      tokens: own === undefined ? tokens.length : own.filter(Boolean).length,
      ...(turns === undefined ? {} : { turns }),
      ...(toolCalls === undefined ? {} : { toolCalls }),
    })),
  );
}
