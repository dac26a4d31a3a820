import type { Rows, VectorEnv, VectorStep } from '../env.js';
import { box } from '../spaces/box.js';
import type { Box } from '../space.js';
import { boxOf } from './boxOf.js';
import { VectorEnvWrapper } from './vectorEnvWrapper.js';

class ActionClipper extends VectorEnvWrapper {
  readonly #bounds: Box;
  readonly #actions: Float32Array;

  constructor(env: VectorEnv) {
    const bounds = boxOf('clipAction', 'action', env.actionSpace);
    super(env, { actionSpace: box({ low: -Infinity, high: Infinity, shape: bounds.shape }) });
    this.#bounds = bounds;
    this.#actions = new Float32Array(env.numEnvs * bounds.low.length);
  }

  step(actions: Rows): VectorStep {
    if (actions.length !== this.#actions.length) return this.inner.step(actions);
    const { low, high } = this.#bounds;
    for (let i = 0; i < actions.length; i++) {
      const d = i % low.length;
      this.#actions[i] = Math.min(Math.max(actions[i], low[d]), high[d]);
    }
    const step = this.inner.step(this.#actions);
    this.noteStep(step);
    return step;
  }
}

/**
 * Takes any finite action, and clips it to the bounds of the Box.
 * @throws when actions are not a Box.
 */
export function clipAction(env: VectorEnv): VectorEnv {
  return new ActionClipper(env);
}
