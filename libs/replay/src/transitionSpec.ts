import type { FieldSpec } from './spec.js';

/**
 * The standard fields of a transition: observation, action, reward (float32), nextObservation (the one the action led to, also at the end
 * of an episode), terminated and truncated (uint8, kept apart because only a termination ends the bootstrap), and discount (float32,
 * γᵏ (1 − terminated)), which {@link nStepWriter} fills in.
 */
export function transitionSpec<O extends FieldSpec, A extends FieldSpec>(fields: { readonly observation: O; readonly action: A }) {
  const { observation, action } = fields;
  return {
    observation,
    action,
    reward: { shape: [], dtype: 'float32' },
    discount: { shape: [], dtype: 'float32' },
    nextObservation: observation,
    terminated: { shape: [], dtype: 'uint8' },
    truncated: { shape: [], dtype: 'uint8' },
  } as const;
}
