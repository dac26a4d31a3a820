import { Rng } from '@rivulet/engine';
import type { Env, Step } from '../env.js';
import { describeSpace } from '../vector/describeSpace.js';
import { describeValue } from '../vector/describeValue.js';
import type { CheckResult } from './checkResult.js';
import { plain } from './plain.js';
import { runChecks, type Check } from './runChecks.js';
import { same } from './same.js';

/** How {@link checkEnv} and `checkVectorEnv` look. */
export interface CheckOptions {
  /** Of the environment and the random actions. Default 0. */
  readonly seed?: number;
  /** Steps (over several episodes) that a check makes. Default 200. */
  readonly steps?: number;
  /** Whether episodes are expected to end within those steps. Default true. */
  readonly expectEnd?: boolean;
  /** Whether another seed must lead to another course. Default true; false for a deterministic environment. */
  readonly random?: boolean;
}

const KINDS = ['box', 'discrete', 'multiDiscrete', 'multiBinary', 'tuple', 'dict', 'text'];
const OUTSIDE: unknown = { notAnAction: true };

function throws(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

/** What is wrong with a step by itself. */
function faultOf(env: Env, step: Step<unknown>): string | undefined {
  if (!env.observationSpace.contains(step.observation)) return `the observation is ${describeValue(step.observation)}, expected ${describeSpace(env.observationSpace)}`;
  if (!Number.isFinite(step.reward)) return `the reward is ${describeValue(step.reward)}, expected a finite number`;
  if (typeof step.terminated !== 'boolean') return `terminated is ${describeValue(step.terminated)}, expected true or false`;
  if (typeof step.truncated !== 'boolean') return `truncated is ${describeValue(step.truncated)}, expected true or false (termination and truncation are two flags)`;
  if (typeof step.info !== 'object' || step.info === null) return `info is ${describeValue(step.info)}, expected a record`;
  return undefined;
}

/** A run of random actions over several episodes, as plain values. */
function play(env: Env, rng: Rng, steps: number, running = false): unknown[] {
  const seen: unknown[] = [];
  let over = !running;
  for (let t = 0; t < steps; t++) {
    if (over) seen.push(plain(env.reset()));
    const step = env.step(env.actionSpace.sample(rng));
    seen.push(plain(step));
    over = step.terminated || step.truncated;
  }
  return seen;
}

function playFrom(env: Env, seed: number, steps: number): unknown[] {
  const first = plain(env.reset({ seed }));
  return [first, ...play(env, Rng.fromSeed(seed), steps, true)];
}

function firstDifference(a: readonly unknown[], b: readonly unknown[]): number {
  return a.findIndex((value, i) => !same(value, b[i]));
}

/** Steps until an episode ends; undefined when none does. */
function runToEnd(env: Env, seed: number, steps: number): Step<unknown> | undefined {
  env.reset({ seed });
  const rng = Rng.fromSeed(seed);
  for (let t = 0; t < steps; t++) {
    const step = env.step(env.actionSpace.sample(rng));
    if (step.terminated || step.truncated) return step;
  }
  return undefined;
}

function checkObservationsAreFresh(env: Env, seed: number, steps: number): string | undefined {
  const kept: { value: unknown; copy: unknown }[] = [];
  const keep = (value: unknown): void => void kept.push({ value, copy: plain(value) });
  const rng = Rng.fromSeed(seed);
  keep(env.reset({ seed }).observation);
  for (let t = 0; t < Math.min(steps, 20); t++) {
    const step = env.step(env.actionSpace.sample(rng));
    keep(step.observation);
    if (step.terminated || step.truncated) keep(env.reset().observation);
  }
  const changed = kept.findIndex(({ value, copy }) => !same(value, copy));
  if (changed >= 0) return `observation ${changed} was changed by a later step; observations must be fresh values`;
  const objects = kept.map(({ value }) => value).filter((value) => typeof value === 'object' && value !== null);
  return new Set(objects).size < objects.length ? 'the same observation object was returned twice; observations must be fresh values' : undefined;
}

async function checkSnapshot(make: () => Env, seed: number, steps: number): Promise<string | undefined> {
  const env = make();
  env.reset({ seed });
  const rng = Rng.fromSeed(seed);
  let over = false;
  for (let t = 0; t < steps / 2; t++) {
    if (over) env.reset();
    const step = env.step(env.actionSpace.sample(rng));
    over = step.terminated || step.truncated;
  }
  const snapshot = await env.snapshot();
  const before = plain(snapshot);
  const on = play(env, Rng.fromSeed(seed + 1), steps, !over);
  if (!same(before, snapshot)) return 'later steps changed the snapshot; it must be a copy';
  const other = make();
  await other.restore(snapshot);
  const fresh = firstDifference(on, play(other, Rng.fromSeed(seed + 1), steps, !over));
  if (fresh >= 0) return `a new environment went another way after restore, at event ${fresh}`;
  await env.restore(snapshot);
  const back = firstDifference(on, play(env, Rng.fromSeed(seed + 1), steps, !over));
  return back >= 0 ? `the environment went another way after its own restore, at event ${back}` : undefined;
}

function checksOf(make: () => Env, { seed = 0, steps = 200, expectEnd = true, random = true }: CheckOptions): Check[] {
  return [
    [
      'spaces',
      () => {
        const env = make();
        if (typeof env.id !== 'string' || env.id === '') return 'the id is not a text';
        for (const [what, space] of [['observation', env.observationSpace] as const, ['action', env.actionSpace] as const]) {
          if (!KINDS.includes(space.kind)) return `the ${what} space has the unknown kind ${describeValue(space.kind)}`;
          for (let i = 0; i < 20; i++) {
            const value = space.sample(Rng.fromSeed(seed + i));
            if (!space.contains(value)) return `the ${what} space does not contain its own sample ${describeValue(value)}`;
          }
        }
        return undefined;
      },
    ],
    [
      'observation of reset',
      () => {
        const env = make();
        const { observation, info } = env.reset({ seed });
        if (!env.observationSpace.contains(observation)) return `it is ${describeValue(observation)}, expected ${describeSpace(env.observationSpace)}`;
        return typeof info === 'object' && info !== null ? undefined : `info is ${describeValue(info)}, expected a record`;
      },
    ],
    [
      'every step',
      () => {
        const env = make();
        env.reset({ seed });
        const rng = Rng.fromSeed(seed);
        for (let t = 0; t < steps; t++) {
          const step = env.step(env.actionSpace.sample(rng));
          const fault = faultOf(env, step);
          if (fault !== undefined) return `step ${t}: ${fault}`;
          if (step.terminated || step.truncated) env.reset();
        }
        return undefined;
      },
    ],
    [
      'same seed, same course',
      () => {
        const env = make();
        const first = playFrom(env, seed, steps);
        const again = firstDifference(first, playFrom(env, seed, steps));
        if (again >= 0) return `a second run of the same environment differs at event ${again}`;
        const other = firstDifference(first, playFrom(make(), seed, steps));
        return other >= 0 ? `a run of a new environment differs at event ${other}` : undefined;
      },
    ],
    [
      'another seed, another course',
      () => {
        if (!random) return undefined;
        const course = (s: number): unknown[] => {
          const env = make();
          // The same actions under every seed: only the environment's own randomness can differ.
          return [plain(env.reset({ seed: s })), ...play(env, Rng.fromSeed(seed), steps, true)];
        };
        const first = course(seed);
        return [1, 2, 3].every((k) => same(first, course(seed + k))) ? 'four seeds led to one course: the seed is ignored' : undefined;
      },
    ],
    [
      'reset without a seed goes on',
      () => {
        if (!random) return undefined;
        const env = make();
        const course = (): unknown => [plain(env.reset()), ...play(env, Rng.fromSeed(seed), steps, true)];
        const courses = [[plain(env.reset({ seed })), ...play(env, Rng.fromSeed(seed), steps, true)], course(), course(), course()];
        return courses.every((c) => same(c, courses[0])) ? 'four episodes in a row were the same: the random stream starts anew at every reset' : undefined;
      },
    ],
    ['observations are fresh', () => checkObservationsAreFresh(make(), seed, steps)],
    [
      'episodes end',
      () => (expectEnd && runToEnd(make(), seed, steps) === undefined ? `no episode ended within ${steps} steps; raise 'steps', or set 'expectEnd' to false` : undefined),
    ],
    [
      'step before reset is refused',
      () => {
        const env = make();
        const action = env.actionSpace.sample(Rng.fromSeed(seed));
        return throws(() => env.step(action)) ? undefined : 'step did not throw before the first reset';
      },
    ],
    [
      'step after the end is refused',
      () => {
        const env = make();
        if (runToEnd(env, seed, steps) === undefined) return undefined;
        const action = env.actionSpace.sample(Rng.fromSeed(seed));
        if (!throws(() => env.step(action))) return 'step did not throw after the end of an episode';
        env.reset();
        return throws(() => env.step(action)) ? 'step threw after a reset that followed the end' : undefined;
      },
    ],
    [
      'actions outside the space are refused',
      () => {
        const env = make();
        env.reset({ seed });
        return throws(() => env.step(OUTSIDE)) ? undefined : 'a record was accepted as action';
      },
    ],
    ['snapshot and restore are exact', () => checkSnapshot(make, seed, steps)],
    [
      'close twice',
      () => {
        const env = make();
        env.reset({ seed });
        env.close();
        env.close();
        return undefined;
      },
    ],
  ];
}

/**
 * Checks a single environment against the contract of `Env`: spaces, steps, seeds, flags, fresh observations, refusals, snapshots, closing.
 * Needs no test framework: `expect(results.filter((r) => !r.passed)).toEqual([])` is up to the caller.
 * @param make makes a new environment at every call.
 */
export function checkEnv(make: () => Env, options: CheckOptions = {}): Promise<CheckResult[]> {
  return runChecks(checksOf(make, options));
}
