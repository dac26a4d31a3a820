/** One recorded step: the action, and everything that it led to. */
export interface StepTrace {
  readonly action: readonly number[];
  readonly state?: readonly number[];
  readonly observation: readonly number[];
  readonly reward: number;
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/** A recorded episode. */
export interface EpisodeTrace {
  /** The internal state that it starts from. */
  readonly initialState: readonly number[];
  readonly steps: readonly StepTrace[];
}

/** `P[state][action] = [[probability, nextState, reward, terminated], ...]`. */
export type TransitionTable = readonly (readonly (readonly (readonly [number, number, number, boolean])[])[])[];

/** A trace: recorded episodes, or the whole transition table of a toy-text environment with its initial distribution. */
export type Trace =
  | { readonly kind: 'episodes'; readonly env: string | undefined; readonly episodes: readonly EpisodeTrace[] }
  | { readonly kind: 'table'; readonly env: string | undefined; readonly P: TransitionTable; readonly initial: readonly number[] };

type Fields = { readonly [key: string]: unknown };

function show(value: unknown): string {
  return value === undefined ? 'nothing' : (JSON.stringify(value)?.slice(0, 60) ?? typeof value);
}

function fail(path: string, expected: string, value: unknown): never {
  throw new Error(`parseTrace: ${path} must be ${expected}, got ${show(value)}`);
}

function object(value: unknown, path: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(path, 'an object', value);
  return value as Fields;
}

function list(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) fail(path, 'an array', value);
  return value;
}

function number(value: unknown, path: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) fail(path, 'a finite number', value);
  return value;
}

function flag(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') fail(path, 'true or false', value);
  return value;
}

/** A list of numbers; a lone number (a discrete action or observation) stands for a list of one. */
function numbers(value: unknown, path: string): number[] {
  if (typeof value === 'number') return [number(value, path)];
  return list(value, path).map((item, i) => number(item, `${path}[${i}]`));
}

function parseStep(value: unknown, path: string): StepTrace {
  const { action, state, observation, reward, terminated, truncated } = object(value, path);
  return {
    action: numbers(action, `${path}.action`),
    ...(state === undefined ? {} : { state: numbers(state, `${path}.state`) }),
    observation: numbers(observation, `${path}.observation`),
    reward: number(reward, `${path}.reward`),
    terminated: flag(terminated, `${path}.terminated`),
    truncated: flag(truncated, `${path}.truncated`),
  };
}

function parseEpisode(value: unknown, path: string): EpisodeTrace {
  const fields = object(value, path);
  const steps = list(fields.steps, `${path}.steps`).map((step, t) => parseStep(step, `${path}.steps[${t}]`));
  const end = steps.findIndex((step) => step.terminated || step.truncated);
  if (end >= 0 && end < steps.length - 1) throw new Error(`parseTrace: ${path}.steps[${end}] ends the episode, but ${steps.length - 1 - end} more steps follow`);
  return { initialState: numbers(fields.initialState, `${path}.initialState`), steps };
}

function parseOutcome(value: unknown, path: string): readonly [number, number, number, boolean] {
  const parts = list(value, path);
  if (parts.length !== 4) fail(path, '[probability, nextState, reward, terminated]', value);
  return [number(parts[0], `${path}[0]`), number(parts[1], `${path}[1]`), number(parts[2], `${path}[2]`), flag(parts[3], `${path}[3]`)];
}

function parseTable(value: unknown): TransitionTable {
  return list(value, 'P').map((actions, s) =>
    list(actions, `P[${s}]`).map((outcomes, a) => list(outcomes, `P[${s}][${a}]`).map((outcome, k) => parseOutcome(outcome, `P[${s}][${a}][${k}]`))),
  );
}

/**
 * Checks what was read from a trace file (after `JSON.parse`). Two forms are known: `{ env?, episodes: [{ initialState, steps: [{ action, state?,
 * observation, reward, terminated, truncated }] }] }` and `{ env?, P, initial }`.
 * @throws naming the first entry that is not right.
 */
export function parseTrace(value: unknown): Trace {
  const fields = object(value, 'the trace');
  if (fields.env !== undefined && typeof fields.env !== 'string') fail('env', 'a text', fields.env);
  const env = fields.env;
  if (fields.episodes !== undefined) {
    return { kind: 'episodes', env, episodes: list(fields.episodes, 'episodes').map((episode, e) => parseEpisode(episode, `episodes[${e}]`)) };
  }
  if (fields.P !== undefined) return { kind: 'table', env, P: parseTable(fields.P), initial: numbers(fields.initial, 'initial') };
  throw new Error("parseTrace: the trace must have 'episodes', or 'P' and 'initial'");
}
