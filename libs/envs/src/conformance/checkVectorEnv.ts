import { Rng, type Snapshot } from '@rivulet/engine';
import type { AutoReset, Rows, VectorEnv, VectorStep } from '../env.js';
import { allocateRows } from '../spaces/allocateRows.js';
import type { BatchSpace } from '../spaces/batchSpace.js';
import { readRow } from '../spaces/readRow.js';
import { rowsOf } from '../spaces/rowsOf.js';
import { writeRow } from '../spaces/writeRow.js';
import { describeSpace } from '../vector/describeSpace.js';
import type { CheckOptions } from './checkEnv.js';
import type { CheckResult } from './checkResult.js';
import { runChecks, type Check } from './runChecks.js';
import { same } from './same.js';

/** Makes a new batch of the environment under test at every call. */
export type MakeVectorEnv = (numEnvs: number, options: { readonly autoReset: AutoReset }) => VectorEnv;

const MODES: readonly AutoReset[] = ['sameStep', 'nextStep', 'disabled'];
const COPIES = 3;

/** What one step showed of one copy, copied out of the env's arrays. */
interface CopyStep {
  readonly observation: number[];
  readonly reward: number;
  readonly terminated: number;
  readonly truncated: number;
  /** Only where the episode ended. */
  readonly finalObservation: number[] | undefined;
}

function throws(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch {
    return true;
  }
}

function randomActions(env: VectorEnv, rngs: readonly Rng[]): Rows {
  const rows = allocateRows(env.actionSpace, env.numEnvs);
  rngs.forEach((rng, i) => writeRow(env.actionSpace as BatchSpace, env.actionSpace.sample(rng) as never, rows, i));
  return rows;
}

function streams(seed: number): Rng[] {
  return Rng.fromSeed(seed).split(COPIES);
}

function rowOf(rows: Rows, width: number, copy: number): number[] {
  return [...rows.subarray(copy * width, (copy + 1) * width)];
}

function copySteps(env: VectorEnv, step: VectorStep): CopyStep[] {
  const { width } = rowsOf(env.observationSpace);
  return Array.from({ length: env.numEnvs }, (_, i) => ({
    observation: rowOf(step.observation, width, i),
    reward: step.reward[i],
    terminated: step.terminated[i],
    truncated: step.truncated[i],
    finalObservation: step.terminated[i] !== 0 || step.truncated[i] !== 0 ? rowOf(step.finalObservation, width, i) : undefined,
  }));
}

/** Random steps; under 'disabled', ended copies are reset by mask. */
function play(env: VectorEnv, rngs: readonly Rng[], steps: number): CopyStep[][] {
  return Array.from({ length: steps }, () => {
    const seen = copySteps(env, env.step(randomActions(env, rngs)));
    resetEnded(env, seen);
    return seen;
  });
}

function resetEnded(env: VectorEnv, seen: readonly CopyStep[]): Rows | undefined {
  const mask = Uint8Array.from(seen, (copy) => (copy.finalObservation === undefined ? 0 : 1));
  return env.autoReset === 'disabled' && mask.includes(1) ? env.reset({ mask }) : undefined;
}

function playFrom(env: VectorEnv, seed: number, actionSeed: number, steps: number): unknown[] {
  const first = [...env.reset({ seed })];
  return [first, ...play(env, streams(actionSeed), steps)];
}

function firstDifference(a: readonly unknown[], b: readonly unknown[]): number {
  return a.findIndex((value, i) => !same(value, b[i]));
}

function faultOfStep(env: VectorEnv, step: VectorStep): string | undefined {
  const { width, dtype } = rowsOf(env.observationSpace);
  const type = dtype === 'float32' ? Float32Array : Int32Array;
  for (const name of ['observation', 'finalObservation'] as const) {
    if (!(step[name] instanceof type) || step[name].length !== env.numEnvs * width) return `${name} is not a ${type.name} of length ${env.numEnvs * width}`;
  }
  if (!(step.reward instanceof Float64Array) || step.reward.length !== env.numEnvs) return `reward is not a Float64Array of length ${env.numEnvs}`;
  for (const name of ['terminated', 'truncated'] as const) {
    if (!(step[name] instanceof Uint8Array) || step[name].length !== env.numEnvs) return `${name} is not a Uint8Array of length ${env.numEnvs}`;
    if (step[name].some((flag) => flag > 1)) return `${name} holds more than zeros and ones`;
  }
  for (let i = 0; i < env.numEnvs; i++) {
    if (!Number.isFinite(step.reward[i])) return `the reward of copy ${i} is ${step.reward[i]}`;
    const over = step.terminated[i] + step.truncated[i] > 0;
    for (const name of over ? (['observation', 'finalObservation'] as const) : (['observation'] as const)) {
      if (!env.observationSpace.contains(readRow(env.observationSpace as BatchSpace, step[name], i))) {
        return `${name} of copy ${i} is [${rowOf(step[name], width, i).slice(0, 8).join(', ')}], expected ${describeSpace(env.observationSpace)}`;
      }
    }
  }
  return undefined;
}

function checkSteps(env: VectorEnv, seed: number, steps: number): string | undefined {
  env.reset({ seed });
  const rngs = streams(seed);
  for (let t = 0; t < steps; t++) {
    const step = env.step(randomActions(env, rngs));
    const fault = faultOfStep(env, step);
    if (fault !== undefined) return `step ${t}: ${fault}`;
    resetEnded(env, copySteps(env, step));
  }
  return undefined;
}

/** Under 'nextStep', the step after an end must only reset: reward 0, no flags. */
function checkResetSteps(env: VectorEnv, seed: number, steps: number): string | undefined {
  env.reset({ seed });
  const seen = play(env, streams(seed), steps);
  for (let t = 1; t < steps; t++) {
    for (let i = 0; i < COPIES; i++) {
      const ended = seen[t - 1][i].finalObservation !== undefined;
      if (ended && (seen[t][i].reward !== 0 || seen[t][i].finalObservation !== undefined)) return `step ${t}: copy ${i} ended before; this step must reset it, with reward 0 and no flags`;
      if (seen[t][i].finalObservation !== undefined && !same(seen[t][i].finalObservation, seen[t][i].observation)) {
        return `step ${t}: the observation of copy ${i} at its end differs from finalObservation`;
      }
    }
  }
  return undefined;
}

/** Resets copy 0 in the middle of things. */
function checkMaskedReset(make: () => VectorEnv, seed: number): string | undefined {
  const [env, reference] = [make(), make()];
  const { width } = rowsOf(env.observationSpace);
  for (const one of [env, reference]) one.reset({ seed });
  const rngs = streams(seed);
  const actions = randomActions(env, rngs);
  const before = copySteps(env, env.step(actions));
  reference.step(actions);
  const rows = [...env.reset({ mask: Uint8Array.of(1, 0, 0) })];
  const changed = [1, 2].find((i) => !same(rows.slice(i * width, (i + 1) * width), before[i].observation));
  if (changed !== undefined) return `a reset of copy 0 changed the observation of copy ${changed}`;
  // Where copies ended at the first step, the two runs need not go on alike.
  if (before.some((copy) => copy.finalObservation !== undefined)) return undefined;
  const next = randomActions(env, rngs);
  const [after, expected] = [copySteps(env, env.step(next)), copySteps(reference, reference.step(next))];
  const other = [1, 2].find((i) => !same(after[i], expected[i]));
  return other === undefined ? undefined : `a reset of copy 0 changed the course of copy ${other}`;
}

/** Under 'disabled', an ended copy must refuse a step, and a masked reset must leave the others as they are. */
function checkEndedCopies(env: VectorEnv, seed: number, steps: number): string | undefined {
  const { width } = rowsOf(env.observationSpace);
  env.reset({ seed });
  const rngs = streams(seed);
  for (let t = 0; t < steps; t++) {
    const seen = copySteps(env, env.step(randomActions(env, rngs)));
    const mask = Uint8Array.from(seen, (copy) => (copy.finalObservation === undefined ? 0 : 1));
    if (!mask.includes(1)) continue;
    const atEnd = seen.findIndex((copy) => copy.finalObservation !== undefined && !same(copy.finalObservation, copy.observation));
    if (atEnd >= 0) return `the observation of copy ${atEnd} at its end differs from finalObservation`;
    const actions = randomActions(env, rngs);
    if (!throws(() => env.step(actions))) return 'a step was accepted although the episode of a copy had ended';
    const rows = env.reset({ mask });
    for (let i = 0; i < COPIES; i++) {
      if (mask[i] === 0 && !same(rowOf(rows, width, i), seen[i].observation)) return `a reset of other copies changed the observation of copy ${i}`;
    }
  }
  return undefined;
}

/** The episodes of every copy, whatever the mode: first observation, steps with their observations inside the episode, last one from finalObservation. */
function episodesOf(env: VectorEnv, seed: number, steps: number): unknown[][] {
  const { width } = rowsOf(env.observationSpace);
  const first = env.reset({ seed });
  const episodes: unknown[][] = Array.from({ length: COPIES }, (_, i) => [rowOf(first, width, i)]);
  const rngs = streams(seed);
  const fresh = new Uint8Array(COPIES);
  for (let t = 0; t < steps; t++) {
    // A copy that is only reset by this step draws no action, so that its actions are the same in every mode.
    const actions = allocateRows(env.actionSpace, COPIES);
    const space = env.actionSpace as BatchSpace;
    rngs.forEach((rng, i) => writeRow(space, (fresh[i] === 1 ? space.sample(Rng.fromSeed(0)) : space.sample(rng)) as never, actions, i));
    const seen = copySteps(env, env.step(actions));
    const restarted = resetEnded(env, seen);
    seen.forEach((copy, i) => {
      const over = copy.finalObservation !== undefined;
      if (fresh[i] === 1) episodes[i].push(copy.observation);
      else episodes[i].push([copy.reward, copy.terminated, copy.truncated], copy.finalObservation ?? copy.observation);
      if (over && env.autoReset === 'sameStep') episodes[i].push(copy.observation);
      if (over && restarted !== undefined) episodes[i].push(rowOf(restarted, width, i));
      fresh[i] = over && env.autoReset === 'nextStep' ? 1 : 0;
    });
  }
  return episodes;
}

function checkModesAgree(make: MakeVectorEnv, seed: number, steps: number): string | undefined {
  const [reference, ...others] = MODES.map((autoReset) => episodesOf(make(COPIES, { autoReset }), seed, steps));
  for (const [k, other] of others.entries()) {
    for (let i = 0; i < COPIES; i++) {
      const length = Math.min(reference[i].length, other[i].length);
      const at = firstDifference(reference[i].slice(0, length), other[i].slice(0, length));
      if (at >= 0) {
        return `copy ${i} has other episodes under '${MODES[k + 1]}' than under 'sameStep' (event ${at}: ${JSON.stringify(other[i][at])} and ${JSON.stringify(reference[i][at])}); is the final observation the true one?`;
      }
    }
  }
  return undefined;
}

async function checkSnapshot(make: () => VectorEnv, seed: number, steps: number): Promise<string | undefined> {
  const env = make();
  env.reset({ seed });
  play(env, streams(seed), Math.ceil(steps / 2));
  const snapshot: Snapshot = await env.snapshot();
  const before = structuredClone(snapshot);
  const on = play(env, streams(seed + 1), steps);
  if (!same(before, snapshot)) return 'later steps changed the snapshot; it must be a copy';
  const other = make();
  await other.restore(snapshot);
  const fresh = firstDifference(on, play(other, streams(seed + 1), steps));
  if (fresh >= 0) return `a new environment went another way after restore, at step ${fresh}`;
  await env.restore(snapshot);
  const back = firstDifference(on, play(env, streams(seed + 1), steps));
  return back >= 0 ? `the environment went another way after its own restore, at step ${back}` : undefined;
}

function checksOfMode(make: MakeVectorEnv, autoReset: AutoReset, options: CheckOptions): Check[] {
  const { seed = 0, steps = 200, expectEnd = true, random = true } = options;
  const one = (): VectorEnv => make(COPIES, { autoReset });
  const named = (name: string): string => `${name} (${autoReset})`;
  const checks: Check[] = [
    [
      named('shape'),
      () => {
        const env = one();
        if (env.numEnvs !== COPIES) return `numEnvs is ${env.numEnvs}, expected ${COPIES}`;
        if (env.autoReset !== autoReset) return `autoReset is '${env.autoReset}', expected '${autoReset}'`;
        const rows = env.reset({ seed });
        const { width } = rowsOf(env.observationSpace);
        return rows.length === COPIES * width ? undefined : `reset returned ${rows.length} numbers, expected ${COPIES} rows of ${width}`;
      },
    ],
    [named('every step'), () => checkSteps(one(), seed, steps)],
    [
      named('episodes end'),
      () => {
        const env = one();
        env.reset({ seed });
        const ended = play(env, streams(seed), steps).some((step) => step.some((copy) => copy.finalObservation !== undefined));
        return ended || !expectEnd ? undefined : `no episode ended within ${steps} steps; raise 'steps', or set 'expectEnd' to false`;
      },
    ],
    [
      named('same seed, same course'),
      () => {
        const env = one();
        const first = playFrom(env, seed, seed, steps);
        const again = firstDifference(first, playFrom(env, seed, seed, steps));
        if (again >= 0) return `a second run of the same environment differs at event ${again}`;
        const other = firstDifference(first, playFrom(one(), seed, seed, steps));
        return other >= 0 ? `a run of a new environment differs at event ${other}` : undefined;
      },
    ],
    [
      named('another seed, another course'),
      () => {
        const first = playFrom(one(), seed, seed, steps);
        const ignored = random && [1, 2, 3].every((k) => same(first, playFrom(one(), seed + k, seed, steps)));
        return ignored ? 'four seeds led to one course: the seed is ignored' : undefined;
      },
    ],
    [
      named('step before reset is refused'),
      () => {
        const env = one();
        const actions = randomActions(env, streams(seed));
        return throws(() => env.step(actions)) ? undefined : 'step did not throw before the first reset';
      },
    ],
    [
      named('actions of the wrong length are refused'),
      () => {
        const env = one();
        env.reset({ seed });
        const { width } = rowsOf(env.actionSpace);
        const actions = allocateRows(env.actionSpace, COPIES + 1).subarray(0, COPIES * width + 1);
        return throws(() => env.step(actions)) ? undefined : `${actions.length} numbers were accepted as actions of ${COPIES} copies`;
      },
    ],
    [named('a masked reset leaves the other copies alone'), () => checkMaskedReset(one, seed)],
    [named('snapshot and restore are exact'), () => checkSnapshot(one, seed, steps)],
    [
      named('close twice'),
      () => {
        const env = one();
        env.reset({ seed });
        env.close();
        env.close();
        return undefined;
      },
    ],
  ];
  if (autoReset === 'nextStep') checks.push([named('steps that reset'), () => checkResetSteps(one(), seed, steps)]);
  if (autoReset === 'disabled') checks.push([named('ended copies wait for a masked reset'), () => checkEndedCopies(one(), seed, steps)]);
  return checks;
}

/**
 * Checks a batched environment against the contract of `VectorEnv`, under every auto-reset mode, and that the modes agree on the episodes of
 * each copy, final observations included: which needs a random stream of its own for every copy.
 * @param make makes a new batch with the given number of copies and mode at every call.
 */
export function checkVectorEnv(make: MakeVectorEnv, options: CheckOptions = {}): Promise<CheckResult[]> {
  const { seed = 0, steps = 200 } = options;
  return runChecks([...MODES.flatMap((mode) => checksOfMode(make, mode, options)), ['the modes agree on the episodes', () => checkModesAgree(make, seed, steps)]]);
}
