import type { Json } from '@rivulet/engine';
import type { Problem } from '../tasks/tokenTask.js';
import type { Segment } from './segment.js';
import type { Turn, TurnTask } from './turnTask.js';

/** An episode that was played. */
export interface PlayedEpisode {
  readonly segments: readonly Segment[];
  /** The reward of each turn. */
  readonly rewards: readonly number[];
  /** Whether it ended by itself, not by a limit. */
  readonly terminated: boolean;
  readonly reason: string;
}

/**
 * Plays one episode: `respond` is given the transcript so far and writes the next turn.
 *
 * @param maxTurns the turns after which it is left, with the reason 'open'; 100 unless given
 */
export async function playEpisode<D extends Json, S extends Json>(task: TurnTask<D, S>, problem: Problem<D>, respond: (segments: readonly Segment[]) => string | Promise<string>, maxTurns = 100): Promise<PlayedEpisode> {
  const segments: Segment[] = [{ role: 'prompt', text: problem.prompt }];
  const rewards: number[] = [];
  let state = task.begin(problem);
  let turn: Turn<S> | undefined;
  while (rewards.length < maxTurns && !turn?.terminated && !turn?.truncated) {
    const text = await respond(segments);
    turn = await task.step(problem, state, text);
    state = turn.state;
    rewards.push(turn.reward);
    segments.push({ role: 'model', text });
    if (turn.reply !== '') segments.push({ role: 'reply', text: turn.reply });
  }
  return { segments, rewards, terminated: turn?.terminated ?? false, reason: turn?.reason ?? 'open' };
}
