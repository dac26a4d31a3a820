/** What can be changed about `cartPole` and `cartPoleContinuous`. */
export interface CartPoleOptions {
  /** Half the pole's length, m. Default 0.5. */
  readonly length?: number;
  /** Of the pole, kg. Default 0.1. */
  readonly mass?: number;
  /** Of the cart, kg. Default 1. */
  readonly cartMass?: number;
  /** m/s². Default 9.8. */
  readonly gravity?: number;
  /** Size of the push, N. Default 10. */
  readonly force?: number;
  /** Standard deviation of the normal noise on the push, N. Default 0. */
  readonly forceNoise?: number;
  /** 0 a step and −1 at the end, instead of 1 a step (Gymnasium's `sutton_barto_reward`). Default false. */
  readonly suttonBartoReward?: boolean;
  /** Default 500. */
  readonly maxSteps?: number;
}
