import { type Batch, box, discrete, type EnvDefinition, multiDiscrete, type Rows } from '@rivulet/envs';

/** Which kind of action a toy takes. */
export type ActionKind = 'discrete' | 'continuous' | 'multiDiscrete';

const actionSpaces = { discrete: discrete(2), continuous: box({ low: -2, high: 2 }), multiDiscrete: multiDiscrete([2, 3]) };

/**
 * Say what you see, for four steps: the best return is 4. The state is redrawn after every step, so that γ does not matter.
 * discrete: see 0 or 1 (a number), say it. continuous: see x in [-1, 1], say 2x, reward 1 - (a - 2x)². multiDiscrete: see i of 2 and j of 3, both one-hot, say both, ½ for each.
 */
export function identity(kind: ActionKind): EnvDefinition {
  const draw = (batch: Batch, copy: number): void => {
    const rng = batch.rngs[copy];
    const { numEnvs, state } = batch;
    state[copy] = kind === 'continuous' ? Math.fround(rng.nextUniform(-1, 1)) : rng.nextInt(2);
    state[numEnvs + copy] = kind === 'multiDiscrete' ? rng.nextInt(3) : 0;
  };
  return {
    id: `Identity-${kind}`,
    observationSpace: kind === 'discrete' ? discrete(2) : box({ low: -2, high: 2, shape: [kind === 'continuous' ? 1 : 5] }),
    actionSpace: actionSpaces[kind],
    stateSize: 2,
    maxEpisodeSteps: 4,
    reset: draw,
    step(batch, actions, from, to) {
      const { numEnvs, state, reward } = batch;
      for (let i = from; i < to; i++) {
        if (kind === 'discrete') reward[i] = actions[i] === state[i] ? 1 : 0;
        else if (kind === 'continuous') reward[i] = 1 - (actions[i] - 2 * state[i]) ** 2;
        else reward[i] = (actions[2 * i] === state[i] ? 0.5 : 0) + (actions[2 * i + 1] === state[numEnvs + i] ? 0.5 : 0);
        batch.terminated[i] = 0;
        draw(batch, i);
      }
    },
    observe(batch, out, from, to) {
      for (let i = from; i < to; i++) {
        if (kind !== 'multiDiscrete') {
          out[i] = batch.state[i];
          continue;
        }
        out.fill(0, 5 * i, 5 * i + 5);
        out[5 * i + batch.state[i]] = 1;
        out[5 * i + 2 + batch.state[batch.numEnvs + i]] = 1;
      }
    },
  };
}

/**
 * Patience: in each of three places one may leave for 0.4 (action 0, or a negative one) or go on for nothing (action 1, or a positive
 * one); going on from the last place brings 1. Best with γ above 0.74: always go on, return 1. Best without foresight: leave at once.
 * multiDiscrete: the first number decides.
 */
export function patience(kind: ActionKind): EnvDefinition {
  const places = 3;
  return {
    id: `Patience-${kind}`,
    observationSpace: discrete(places),
    actionSpace: actionSpaces[kind],
    stateSize: 1,
    reset(batch, copy) {
      batch.state[copy] = 0;
    },
    step(batch, actions, from, to) {
      for (let i = from; i < to; i++) {
        const chosen = actions[kind === 'multiDiscrete' ? 2 * i : i];
        const goesOn = kind === 'continuous' ? chosen > 0 : chosen === 1;
        const last = batch.state[i] === places - 1;
        batch.reward[i] = goesOn ? (last ? 1 : 0) : 0.4;
        batch.terminated[i] = !goesOn || last ? 1 : 0;
        if (goesOn && !last) batch.state[i]++;
      }
    },
    observe(batch, out, from, to) {
      for (let i = from; i < to; i++) out[i] = batch.state[i];
    },
  };
}

/** What {@link counter} tells of itself; copy i ends after its own number of steps. */
export interface CounterOptions {
  readonly action?: ActionKind;
  /** Steps of an episode of copy i: lengths[i mod n]. */
  readonly lengths: readonly number[];
  /** Whether its episodes end by termination; otherwise they are truncated. Per copy, as above. */
  readonly terminates: readonly boolean[];
  /** Rewards instead of the number of the step. */
  readonly reward?: (step: number) => number;
  /** Added to the observation. */
  readonly glitch?: (step: number) => number;
}

/** Counts: observation (copy, steps of this episode), reward the number of the step (1, 2, ...), whatever the action. */
export function counter({ action = 'discrete', lengths, terminates, reward = (step) => step, glitch = () => 0 }: CounterOptions): EnvDefinition {
  return {
    id: 'Counter',
    observationSpace: box({ low: -Infinity, high: Infinity, shape: [2] }),
    actionSpace: actionSpaces[action],
    stateSize: 1,
    reset(batch, copy) {
      batch.state[copy] = 0;
    },
    step(batch, _actions, from, to) {
      for (let i = from; i < to; i++) {
        const step = ++batch.state[i];
        batch.reward[i] = reward(step);
        const ends = step >= lengths[i % lengths.length];
        batch.terminated[i] = ends && terminates[i % terminates.length] ? 1 : 0;
        batch.truncated[i] = ends && !terminates[i % terminates.length] ? 1 : 0;
      }
    },
    observe(batch, out: Rows, from, to) {
      for (let i = from; i < to; i++) out.set([i, batch.state[i] + glitch(batch.state[i])], 2 * i);
    },
  };
}
