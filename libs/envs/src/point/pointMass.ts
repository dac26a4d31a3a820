import type { Json, Rng } from '@rivulet/engine';
import type { Rows } from '../env.js';
import type { Box } from '../space.js';
import { box } from '../spaces/box.js';
import type { Batch } from '../vector/batch.js';
import type { EnvDefinition } from '../vector/envDefinition.js';
import { checkDiscs, insideDisc } from './disc.js';
import type { Disc } from './disc.js';

/** What {@link pointMass} takes. Lengths are metres, times seconds. */
export interface PointMassOptions {
  /** 1: actions are velocities. 2: actions are accelerations. Default 2. */
  readonly integrator?: 1 | 2;
  /** Positions of the goals. Default: one at the origin. */
  readonly goals?: readonly (readonly [x: number, y: number])[];
  /** `'nearest'`: all goals count, always the nearest one. `'drawn'`: each episode draws one and shows it. Default `'nearest'`. */
  readonly goal?: 'nearest' | 'drawn';
  /** The distance from a goal that counts as reaching it. Default 0.1. */
  readonly goalRadius?: number;
  /** Discs that cannot be entered. */
  readonly obstacles?: readonly Disc[];
  /** Discs that pay a reward (or cost, if negative) for every step that ends inside. */
  readonly regions?: readonly (Disc & { readonly reward: number })[];
  /** Discs inside which the velocity carries normal noise of the given standard deviation, m/s. */
  readonly noiseZones?: readonly (Disc & { readonly noise: number })[];
  /** 1 for reaching a goal, which ends the episode, and 0 else; or minus the distance to the goal, without an end. Default false. */
  readonly sparse?: boolean;
  /** The factor c of the cost c |a|². Default 0. */
  readonly actionCost?: number;
  /** Where episodes start. Default: uniform over the arena outside the obstacles. */
  readonly start?: readonly [x: number, y: number];
  /** Half of the side of the square arena. Default 1. */
  readonly halfSize?: number;
  /** Default 1. */
  readonly maxSpeed?: number;
  /** m/s². Default 2. */
  readonly maxAcceleration?: number;
  /** Share of the velocity lost per second. Default 0. */
  readonly damping?: number;
  /** The time of a step. Default 0.1. */
  readonly timeStep?: number;
  /** Default 100. */
  readonly maxEpisodeSteps?: number;
}

const defaults = {
  integrator: 2,
  goals: [[0, 0]],
  goal: 'nearest',
  goalRadius: 0.1,
  obstacles: [],
  regions: [],
  noiseZones: [],
  sparse: false,
  actionCost: 0,
  halfSize: 1,
  maxSpeed: 1,
  maxAcceleration: 2,
  damping: 0,
  timeStep: 0.1,
  maxEpisodeSteps: 100,
} as const;

type Settings = Required<Omit<PointMassOptions, 'start'>> & Pick<PointMassOptions, 'start'>;

/** Position, velocity and the drawn goal in a copy's state. */
const size = 5;

function clip(value: number, most: number): number {
  return Math.min(Math.max(value, -most), most);
}

function checkSettings(s: Settings): void {
  for (const name of ['goalRadius', 'halfSize', 'maxSpeed', 'maxAcceleration', 'timeStep'] as const) {
    if (!(s[name] > 0 && s[name] < Infinity)) throw new Error(`pointMass: ${name} must be positive, got ${s[name]}`);
  }
  if (!(s.damping >= 0 && s.damping * s.timeStep <= 1)) throw new Error(`pointMass: damping must be in [0, ${1 / s.timeStep}], got ${s.damping}`);
  if (s.goals.length === 0) throw new Error('pointMass: there must be at least one goal');
  for (const name of ['obstacles', 'regions', 'noiseZones'] as const) checkDiscs(`pointMass: ${name}`, s[name]);
  for (const [x, y] of [...s.goals, ...(s.start === undefined ? [] : [s.start])]) {
    if (!(Math.abs(x) <= s.halfSize && Math.abs(y) <= s.halfSize)) throw new Error(`pointMass: (${x}, ${y}) lies outside the arena of half size ${s.halfSize}`);
    if (s.obstacles.some((obstacle) => insideDisc(obstacle, x, y))) throw new Error(`pointMass: (${x}, ${y}) lies inside an obstacle`);
  }
}

/** Writes a point outside the obstacles to state components 0 and 1. */
function drawStart({ start, halfSize, obstacles }: Settings, { state, numEnvs }: Batch, copy: number, rng: Rng): void {
  let [x, y] = start ?? [0, 0];
  for (let tries = 0; start === undefined; tries++) {
    if (tries === 10000) throw new Error('pointMass: the obstacles leave no room to start');
    x = rng.nextUniform(-halfSize, halfSize);
    y = rng.nextUniform(-halfSize, halfSize);
    if (!obstacles.some((obstacle) => insideDisc(obstacle, x, y))) break;
  }
  state[copy] = x;
  state[numEnvs + copy] = y;
}

/** Moves a copy by its velocity for a time, sliding along obstacles and the arena's walls. */
function move({ halfSize, obstacles, maxSpeed }: Settings, { state, numEnvs: n }: Batch, i: number, time: number): void {
  let x = state[i] + state[2 * n + i] * time;
  let y = state[n + i] + state[3 * n + i] * time;
  for (const obstacle of obstacles) {
    if (!insideDisc(obstacle, x, y)) continue;
    const distance = Math.hypot(x - obstacle.x, y - obstacle.y);
    const nx = distance === 0 ? 1 : (x - obstacle.x) / distance;
    const ny = distance === 0 ? 0 : (y - obstacle.y) / distance;
    // A hair outside, so that rounding does not leave the point inside.
    x = obstacle.x + nx * obstacle.radius * (1 + 1e-12);
    y = obstacle.y + ny * obstacle.radius * (1 + 1e-12);
    const inward = Math.min(0, state[2 * n + i] * nx + state[3 * n + i] * ny);
    // Turning along the rim may make one axis faster than its limit.
    state[2 * n + i] = clip(state[2 * n + i] - inward * nx, maxSpeed);
    state[3 * n + i] = clip(state[3 * n + i] - inward * ny, maxSpeed);
  }
  if (Math.abs(x) > halfSize) {
    x = Math.sign(x) * halfSize;
    state[2 * n + i] = 0;
  }
  if (Math.abs(y) > halfSize) {
    y = Math.sign(y) * halfSize;
    state[3 * n + i] = 0;
  }
  for (const obstacle of obstacles) {
    if (!insideDisc(obstacle, x, y)) continue;
    // Wedged between an obstacle and something else: stay.
    state[2 * n + i] = 0;
    state[3 * n + i] = 0;
    return;
  }
  state[i] = x;
  state[n + i] = y;
}

/** The noise of the zones where a copy is, m/s; zero outside. */
function noiseAt({ noiseZones }: Settings, x: number, y: number): number {
  let variance = 0;
  for (const zone of noiseZones) if (insideDisc(zone, x, y)) variance += zone.noise * zone.noise;
  return Math.sqrt(variance);
}

/** The distance to the goal that counts. */
function goalDistance({ goals, goal }: Settings, { state, numEnvs: n }: Batch, i: number): number {
  if (goal === 'drawn') {
    const drawn = goals[state[4 * n + i]];
    return Math.hypot(state[i] - drawn[0], state[n + i] - drawn[1]);
  }
  let nearest = Infinity;
  for (const [x, y] of goals) nearest = Math.min(nearest, Math.hypot(state[i] - x, state[n + i] - y));
  return nearest;
}

/** The largest displacement of a substep must not carry over half the smallest obstacle, so that none is skipped. */
function substepsOf({ obstacles, maxSpeed, timeStep }: Settings): number {
  const smallest = obstacles.reduce((least, { radius }) => Math.min(least, radius), Infinity);
  return Math.max(1, Math.ceil((2 * Math.SQRT2 * maxSpeed * timeStep) / smallest));
}

/**
 * A point mass in a square arena. Action a ∈ [−1, 1]² (clipped); observation x, y, vₓ, v_y, and the goal's x, y if it is drawn.
 *
 * Integrator 2: v ← clip((1 − d Δt) v + a_max a Δt, ±v_max) per axis, x ← x + v Δt. Integrator 1: v = v_max a. Walls stop the velocity across
 * them; obstacles are slid along. Reward: −|x − goal|, or 1 at the goal if sparse, plus the rewards of regions, minus c |a|², all after the step.
 * Goals end the episode if sparse; episodes are cut after 100 steps. Starts are at rest.
 *
 * `info` tells the `distance` to the goal, `success` (1 within its radius), and the number of the `goal` if it is drawn.
 * @throws when a number is out of range, or a goal or the start lies outside the arena or inside an obstacle.
 */
export function pointMass(options: PointMassOptions = {}): EnvDefinition<Box, Box> {
  const settings: Settings = { ...defaults, ...options };
  checkSettings(settings);
  const { integrator, goals, goal, goalRadius, regions, noiseZones, sparse, actionCost, halfSize, maxSpeed, maxAcceleration, damping, timeStep } = settings;
  const substeps = substepsOf(settings);
  const drawn = goal === 'drawn';
  const width = drawn ? 6 : 4;
  const bounds = [halfSize, halfSize, maxSpeed, maxSpeed, ...(drawn ? [halfSize, halfSize] : [])];
  const velocity = (old: number, action: number): number => (integrator === 1 ? maxSpeed * action : clip((1 - damping * timeStep) * old + maxAcceleration * timeStep * action, maxSpeed));
  const regionReward = (x: number, y: number): number => {
    let sum = 0;
    for (const region of regions) if (insideDisc(region, x, y)) sum += region.reward;
    return sum;
  };

  return {
    id: 'PointMass-v0',
    observationSpace: box({ low: bounds.map((bound) => -bound), high: bounds }),
    actionSpace: box({ low: -1, high: 1, shape: [2] }),
    stateSize: size,
    maxEpisodeSteps: settings.maxEpisodeSteps,
    clipsActions: true,
    reset(batch: Batch, copy: number): void {
      const { state, numEnvs: n } = batch;
      drawStart(settings, batch, copy, batch.rngs[copy]);
      state[2 * n + copy] = 0;
      state[3 * n + copy] = 0;
      state[4 * n + copy] = drawn ? batch.rngs[copy].nextInt(goals.length) : 0;
    },
    step(batch: Batch, actions: Rows, from: number, to: number): void {
      const { state, numEnvs: n, rngs } = batch;
      for (let i = from; i < to; i++) {
        const ax = clip(actions[2 * i], 1);
        const ay = clip(actions[2 * i + 1], 1);
        const noise = noiseZones.length === 0 ? 0 : noiseAt(settings, state[i], state[n + i]);
        state[2 * n + i] = velocity(state[2 * n + i], ax);
        state[3 * n + i] = velocity(state[3 * n + i], ay);
        if (noise > 0) {
          state[2 * n + i] = clip(state[2 * n + i] + noise * rngs[i].nextNormal(), maxSpeed);
          state[3 * n + i] = clip(state[3 * n + i] + noise * rngs[i].nextNormal(), maxSpeed);
        }
        for (let k = 0; k < substeps; k++) move(settings, batch, i, timeStep / substeps);
        const distance = goalDistance(settings, batch, i);
        const reached = distance <= goalRadius;
        batch.reward[i] = (sparse ? (reached ? 1 : 0) : -distance) + regionReward(state[i], state[n + i]) - actionCost * (ax * ax + ay * ay);
        batch.terminated[i] = sparse && reached ? 1 : 0;
      }
    },
    observe({ state, numEnvs: n }: Batch, out: Rows, from: number, to: number): void {
      for (let i = from; i < to; i++) {
        for (let k = 0; k < 4; k++) out[width * i + k] = state[k * n + i];
        if (!drawn) continue;
        out[width * i + 4] = goals[state[4 * n + i]][0];
        out[width * i + 5] = goals[state[4 * n + i]][1];
      }
    },
    info(batch: Batch, copy: number): { readonly [key: string]: Json } {
      const distance = goalDistance(settings, batch, copy);
      return { distance, success: distance <= goalRadius ? 1 : 0, ...(drawn ? { goal: batch.state[4 * batch.numEnvs + copy] } : {}) };
    },
  };
}
