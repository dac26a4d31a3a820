import type { Rows, VectorEnv, VectorStep } from '../env.js';
import { box } from '../spaces/box.js';
import type { Box } from '../space.js';
import { boxOf } from './boxOf.js';
import { VectorEnvWrapper } from './vectorEnvWrapper.js';

class ActionRescaler extends VectorEnvWrapper {
  readonly #bounds: Box;
  readonly #actions: Float32Array;

  constructor(env: VectorEnv) {
    const bounds = boxOf('rescaleAction', 'action', env.actionSpace);
    if (![...bounds.low, ...bounds.high].every(Number.isFinite)) throw new Error('rescaleAction: the action box must have finite bounds');
    super(env, { actionSpace: box({ low: -1, high: 1, shape: bounds.shape }) });
    this.#bounds = bounds;
    this.#actions = new Float32Array(env.numEnvs * bounds.low.length);
  }

  step(actions: Rows): VectorStep {
    if (actions.length !== this.#actions.length) return this.inner.step(actions);
    const { low, high } = this.#bounds;
    for (let i = 0; i < actions.length; i++) {
      const d = i % low.length;
      if (!(actions[i] >= -1 && actions[i] <= 1)) {
        throw new Error(`${this.id}: the rescaled action of copy ${Math.floor(i / low.length)} is ${actions[i]}, expected a number in -1..1`);
      }
      const value = low[d] + ((actions[i] + 1) / 2) * (high[d] - low[d]);
      this.#actions[i] = Math.min(Math.max(value, low[d]), high[d]);
    }
    const step = this.inner.step(this.#actions);
    this.noteStep(step);
    return step;
  }
}

/**
 * Actions a in [−1, 1] become low + (a + 1)/2 · (high − low).
 * @throws when actions are not a Box with finite bounds; in `step`, for actions outside [−1, 1].
 */
export function rescaleAction(env: VectorEnv): VectorEnv {
  return new ActionRescaler(env);
}
