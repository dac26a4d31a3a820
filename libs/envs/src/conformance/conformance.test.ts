import { ndarray, Rng, type NdArray, type Snapshot } from '@rivulet/engine';
import { describe, expect, it } from 'vitest';
import {
  box,
  builtInEnvs,
  cartPole,
  checkEnv,
  checkVectorEnv,
  discrete,
  toEnv,
  vectorize,
  vectorizeEnv,
  type CheckResult,
  type Env,
  type Rows,
  type Space,
  type Step,
  type VectorEnv,
  type VectorStep,
} from '../index.js';

const failures = (results: readonly CheckResult[]): CheckResult[] => results.filter((result) => !result.passed);
const failed = (results: readonly CheckResult[]): string[] => failures(results).map((result) => result.name);

describe('the built-in environments', () => {
  const deterministic = ['CliffWalking-v1', 'Chain-v0', 'DeepSea-v0', 'GridWorld-Empty-v0', 'GridWorld-Maze-v0', 'GridWorld-KeyDoor-v0'];
  it.each(Object.keys(builtInEnvs))('%s conforms', async (id) => {
    const options = { steps: 60, random: !deterministic.includes(id) };
    expect(failures(await checkEnv(() => toEnv(builtInEnvs[id](), { maxEpisodeSteps: 20 }) as Env, options))).toEqual([]);
    expect(failures(await checkVectorEnv((n, { autoReset }) => vectorize(builtInEnvs[id](), n, { autoReset, maxEpisodeSteps: 20 }), options))).toEqual([]);
  });

  it('single environments in a loop conform', async () => {
    expect(failures(await checkVectorEnv((n, { autoReset }) => vectorizeEnv(() => toEnv(cartPole) as Env, n, { autoReset })))).toEqual([]);
  });
});

/** A right environment written by hand, with switches that break it: a random walk from a random start, over after 5 steps. */
class Walk implements Env<NdArray, number> {
  readonly id = 'Walk';
  readonly observationSpace = box({ low: -20, high: 20, shape: [2] }) as Space<NdArray>;
  readonly actionSpace = discrete(2) as Space<number>;
  readonly #fault: string;
  readonly #shared = ndarray('float32', [2]);
  #rng = Rng.fromSeed(0);
  #position = 0;
  #steps = -1;

  constructor(fault: string) {
    this.#fault = fault;
  }

  #observe(): NdArray {
    if (this.#fault === 'wrong space') return ndarray('float32', [2], Float32Array.of(this.#position + 100, this.#steps));
    if (this.#fault === 'shared observation') {
      this.#shared.data.set([this.#position, this.#steps]);
      return this.#shared;
    }
    return ndarray('float32', [2], Float32Array.of(this.#position, this.#steps));
  }

  reset({ seed }: { readonly seed?: number } = {}): { observation: NdArray; info: Record<string, never> } {
    if (seed !== undefined && this.#fault !== 'ignores the seed') this.#rng = Rng.fromSeed(seed);
    if (this.#fault === 'fixed start') this.#rng = Rng.fromSeed(0);
    this.#position = this.#rng.nextUniform(-1, 1);
    this.#steps = 0;
    return { observation: this.#observe(), info: {} };
  }

  step(action: number): Step<NdArray> {
    const lenient = this.#fault === 'never refuses';
    if (!lenient && (this.#steps < 0 || this.#steps >= 5)) throw new Error('Walk: call reset first');
    if (!lenient && !this.actionSpace.contains(action)) throw new Error('Walk: the action is not in its space');
    this.#steps++;
    this.#position += action === 1 ? 1 : -1;
    const over = this.#steps >= 5;
    const step = { observation: this.#observe(), reward: this.#fault === 'NaN reward' && over ? Number.NaN : this.#position, terminated: over, truncated: false, info: {} };
    return this.#fault === 'done flag only' ? ({ ...step, terminated: undefined, truncated: undefined, done: over } as unknown as Step<NdArray>) : step;
  }

  snapshot(): Snapshot {
    const { key, position } = this.#rng.state();
    const data = { position: this.#position, steps: this.#steps, stream: [...key, position] };
    return { arrays: {}, data: this.#fault === 'forgets its stream' ? { ...data, stream: [0, 0, 0] } : data };
  }

  restore({ data }: Snapshot): void {
    const [a, b, position] = data.stream as unknown as [number, number, number];
    this.#rng = Rng.fromState({ key: [a, b], position });
    this.#position = data.position as number;
    this.#steps = data.steps as number;
  }

  close(): void {
    if (this.#fault === 'closes once') this.close = () => {
      throw new Error('Walk: closed already');
    };
  }
}

describe('checkEnv', () => {
  it('passes a right environment', async () => {
    expect(failures(await checkEnv(() => new Walk('none') as Env))).toEqual([]);
  });

  it.each([
    ['wrong space', ['observation of reset', 'every step']],
    ['ignores the seed', ['same seed, same course', 'another seed, another course']],
    ['fixed start', ['another seed, another course', 'reset without a seed goes on']],
    ['shared observation', ['observations are fresh']],
    ['done flag only', ['every step']],
    ['NaN reward', ['every step']],
    ['never refuses', ['step before reset is refused', 'step after the end is refused', 'actions outside the space are refused']],
    ['forgets its stream', ['snapshot and restore are exact']],
    ['closes once', ['close twice']],
  ])('fails an environment with the fault: %s', async (fault, names) => {
    const results = await checkEnv(() => new Walk(fault) as Env);
    expect(failed(results)).toEqual(expect.arrayContaining(names));
    for (const { passed, detail } of results) expect(detail === '').toBe(passed);
  });

  it('says so when no episode ends', async () => {
    expect(failed(await checkEnv(() => new Walk('none') as Env, { steps: 3 }))).toEqual(['episodes end']);
    expect(failed(await checkEnv(() => new Walk('none') as Env, { steps: 3, expectEnd: false }))).toEqual([]);
  });
});

/** A batched environment whose answers are changed on the way out. */
function altered(env: VectorEnv, change: Partial<{ step: (step: VectorStep, actions: Rows) => VectorStep; reset: VectorEnv['reset'] }>): VectorEnv {
  return {
    id: env.id,
    numEnvs: env.numEnvs,
    observationSpace: env.observationSpace,
    actionSpace: env.actionSpace,
    autoReset: env.autoReset,
    reset: change.reset ?? ((options) => env.reset(options)),
    step: (actions) => {
      const step = env.step(actions);
      return change.step === undefined ? step : change.step(step, actions);
    },
    snapshot: () => env.snapshot(),
    restore: (snapshot) => env.restore(snapshot),
    close: () => env.close(),
  };
}

describe('checkVectorEnv', () => {
  const walks = (n: number, autoReset: VectorEnv['autoReset']): VectorEnv => vectorizeEnv(() => new Walk('none') as Env, n, { autoReset });

  it('fails a stale final observation', async () => {
    const results = await checkVectorEnv((n, { autoReset }) => altered(walks(n, autoReset), { step: (step) => ({ ...step, finalObservation: step.observation }) }));
    expect(failed(results)).toEqual(['the modes agree on the episodes']);
    expect(failures(results)[0].detail).toContain('is the final observation the true one?');
  });

  it('fails a truncation that is reported as termination in one mode only', async () => {
    const make = (n: number, autoReset: VectorEnv['autoReset']): VectorEnv => {
      const env = vectorize(cartPole, n, { autoReset, maxEpisodeSteps: 5 });
      return autoReset === 'sameStep' ? altered(env, { step: (step) => ({ ...step, terminated: step.truncated, truncated: new Uint8Array(n) }) }) : env;
    };
    expect(failed(await checkVectorEnv((n, { autoReset }) => make(n, autoReset)))).toEqual(['the modes agree on the episodes']);
  });

  it('fails a step that should only reset but pays', async () => {
    const make = (n: number, autoReset: VectorEnv['autoReset']): VectorEnv => altered(walks(n, autoReset), { step: (step) => ({ ...step, reward: step.reward.map((r) => r + 1) }) });
    expect(failed(await checkVectorEnv((n, { autoReset }) => make(n, autoReset)))).toContain('steps that reset (nextStep)');
  });

  it('fails a masked reset that resets everything', async () => {
    const make = (n: number, autoReset: VectorEnv['autoReset']): VectorEnv => {
      const env = walks(n, autoReset);
      return altered(env, { reset: ({ seed } = {}) => env.reset(seed === undefined ? {} : { seed }) });
    };
    expect(failed(await checkVectorEnv((n, { autoReset }) => make(n, autoReset)))).toContain('a masked reset leaves the other copies alone (disabled)');
  });

  it('fails an ignored seed, and observations outside their space', async () => {
    const make = (n: number, autoReset: VectorEnv['autoReset']): VectorEnv => {
      const env = walks(n, autoReset);
      const shift = (step: VectorStep): VectorStep => ({ ...step, observation: step.observation.map((x) => x + 100) as Rows });
      return altered(env, { step: shift, reset: (options) => env.reset(options?.mask === undefined ? {} : { mask: options.mask }) });
    };
    const names = failed(await checkVectorEnv((n, { autoReset }) => make(n, autoReset)));
    for (const mode of ['sameStep', 'nextStep', 'disabled']) expect(names).toEqual(expect.arrayContaining([`every step (${mode})`, `same seed, same course (${mode})`, `another seed, another course (${mode})`]));
  });
});

describe('vectorizeEnv', () => {
  const broken = (step: Partial<Step<NdArray>>): Env => {
    const env = new Walk('none');
    return Object.assign(Object.create(env) as Env, {
      reset: (options: { readonly seed?: number }) => env.reset(options),
      step: (action: number) => ({ ...env.step(action), ...step }),
    });
  };
  const stepOf = (step: Partial<Step<NdArray>>) => {
    let made = 0;
    const env = vectorizeEnv(() => (made++ === 1 ? broken(step) : (new Walk('none') as Env)), 2);
    env.reset();
    return () => env.step(Int32Array.of(0, 1));
  };

  it('names the copy whose reward or observation is wrong', () => {
    expect(stepOf({ reward: Number.NaN })).toThrow('Walk: the reward of copy 1 is NaN, expected a finite number');
    expect(stepOf({ observation: ndarray('float32', [2], Float32Array.of(0, Number.NaN)) })).toThrow('Walk: the observation of copy 1 has NaN at element 1');
    expect(stepOf({ observation: ndarray('float32', [3]) })).toThrow(/Walk: the observation of copy 1 is a float32 array of shape \[3\].*expected a float32 box of shape \[2\]/);
    expect(stepOf({})).not.toThrow();
  });

  it('adds a time limit', () => {
    const env = vectorizeEnv(() => new Walk('none') as Env, 2, { maxEpisodeSteps: 2 });
    env.reset();
    env.step(Int32Array.of(0, 1));
    const step = env.step(Int32Array.of(0, 1));
    expect([[...step.truncated], [...step.terminated], step.finalObservation[1], step.observation[1]]).toEqual([[1, 1], [0, 0], 2, 0]);
  });

  it('gives every copy its own stream', () => {
    const rows = vectorizeEnv(() => new Walk('none') as Env, 4).reset({ seed: 1 });
    expect(new Set([rows[0], rows[2], rows[4], rows[6]]).size).toBe(4);
  });
});
