import type { Rng, Tree } from '@rivulet/engine';
import { concatMap, type OperatorFunction } from 'rxjs';
import type { CompletionGroup, WrittenCompletion } from './completionGroup.js';
import type { Completion, TokenGenerator } from '../generation/tokenGenerator.js';
import type { MultiTurnTask } from '../multiTurnTask.js';
import type { TokenRoom } from '../tokenRollout.js';
import { turnTokensOf } from '../turnRoom.js';
import type { TextProblem, TextTokenizer } from '../verifiableTask.js';

export interface PlayGroupsOptions {
  readonly task: MultiTurnTask;
  /** Writes turns: see {@link turnRoom}. */
  readonly generator: TokenGenerator;
  readonly tokenizer: Pick<TextTokenizer, 'encode' | 'decode'>;
  /** Of a whole episode; with `turnTokens`. */
  readonly room: TokenRoom;
  /** Of the policy that writes. */
  readonly weights: Tree;
  /** G: episodes of each problem. Default: 1. */
  readonly groupSize?: number;
  readonly rng: Rng;
}

/** An episode in the making. */
interface Episode {
  readonly problem: TextProblem;
  readonly prompt: readonly number[];
  state: unknown;
  readonly tokens: number[];
  readonly logProbs: number[];
  readonly own: boolean[];
  turns: number;
  reward: number;
  reason: string;
  over: boolean;
  ended: boolean;
}

/**
 * Rollouts of several turns as a flow: rounds of problems become rounds of groups of episodes, with their rewards. All episodes of a round go on side by side: the policy writes a turn of each that is open, in one call of the generator, and
 * the task replies.
 *
 * ```
 * problems:  [p q]----------------[r s]------|
 * turns:     ----p q--p q--q------------r s---
 * groups:    ----------------[P Q]------[R S]|
 * ```
 *
 * An episode is a completion whose tokens are turns and replies in their order; `own` says which the policy wrote. These stand as they were drawn, with their log-probabilities: text that the policy wrote is never tokenized again, since that
 * may give other tokens than those that were drawn. Replies are tokenized by themselves. A turn ends with a stop of the task, the end token or after `turnTokens`; the end token stays, as the mark of a turn's end. An episode goes on as long as the
 * reply and a whole turn after it fit into the room, and is not `ended` otherwise, nor where the task truncated it or its last turn was cut. Its reward is the sum of its turns' rewards.
 *
 * @throws when the room has no fitting `turnTokens`; (as an error of the stream) when a reward is not finite, or a prompt is too long.
 */
export function playGroups(options: PlayGroupsOptions): OperatorFunction<readonly TextProblem[], readonly CompletionGroup[]> {
  const { task, generator, tokenizer, room, weights, groupSize = 1, rng } = options;
  const longest = room.newTokens - turnTokensOf(room);

  /** Takes a turn up, and what the task says to it. */
  const take = async (episode: Episode, turn: Completion): Promise<void> => {
    append(episode, turn.tokens, turn.logProbs);
    const { state, reply, reward, terminated, truncated, reason } = await task.step(episode.problem, episode.state, tokenizer.decode(turn.tokens));
    if (!Number.isFinite(reward)) throw new Error(`playGroups: the reward of turn ${episode.turns} after '${episode.problem.prompt}' must be finite, the task gave ${reward}`);
    const answer = terminated || truncated ? [] : tokenizer.encode(reply);
    episode.state = state;
    episode.turns += 1;
    episode.reward += reward;
    episode.reason = reason;
    episode.over = terminated || truncated || episode.tokens.length + answer.length > longest;
    episode.ended = terminated && turn.ended;
    if (!episode.over) append(episode, answer);
  };

  return concatMap(async (problems) => {
    const prompts = problems.map(({ prompt }) => tokenizer.encode(prompt));
    const episodes = problems.flatMap((problem, q) => Array.from({ length: groupSize }, () => begun(task, problem, prompts[q])));
    for (let open = episodes; open.length > 0; open = open.filter(({ over }) => !over)) {
      const turns = await generator.generate(weights, open.map(({ prompt, tokens }) => [...prompt, ...tokens]), rng);
      await Promise.all(open.map((episode, i) => take(episode, untilStop(turns[i], task.stops, tokenizer))));
    }
    return problems.map((problem, q): CompletionGroup => {
      const group = episodes.slice(q * groupSize, (q + 1) * groupSize);
      const completions = group.map((episode) => completionOf(episode, task));
      return { problem, prompt: prompts[q], completions, texts: completions.map(({ tokens }) => tokenizer.decode(tokens)), rewards: group.map(({ reward }) => reward), reasons: group.map(({ reason }) => reason) };
    });
  });
}

function begun(task: MultiTurnTask, problem: TextProblem, prompt: readonly number[]): Episode {
  return { problem, prompt, state: task.begin(problem), tokens: [], logProbs: [], own: [], turns: 0, reward: 0, reason: '', over: false, ended: false };
}

/** Tokens with their log-probabilities are the policy's own. */
function append(episode: Episode, tokens: readonly number[], logProbs?: readonly number[]): void {
  tokens.forEach((token, i) => {
    episode.tokens.push(token);
    episode.logProbs.push(logProbs?.[i] ?? 0);
    episode.own.push(logProbs !== undefined);
  });
}

function completionOf({ tokens, logProbs, own, turns, ended, state }: Episode, task: MultiTurnTask): WrittenCompletion {
  return { tokens, logProbs, own, turns, ended, ...(task.toolCalls === undefined ? {} : { toolCalls: task.toolCalls(state) }) };
}

/** A turn up to the token that completes a stop: a tokenizer of larger pieces may write it in others than the generator looks for. */
function untilStop(turn: Completion, stops: readonly string[], tokenizer: Pick<TextTokenizer, 'decode'>): Completion {
  const { tokens, logProbs } = turn;
  const stopped = (length: number): boolean => {
    const text = tokenizer.decode(tokens.slice(0, length));
    return stops.some((stop) => text.includes(stop));
  };
  if (!stopped(tokens.length)) return turn;
  const length = stopped(tokens.length - 1) ? 1 + tokens.findIndex((_, i) => stopped(i + 1)) : tokens.length;
  return { tokens: tokens.slice(0, length), logProbs: logProbs.slice(0, length), ended: true };
}
