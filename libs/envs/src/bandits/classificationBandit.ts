import { ndarray } from '@rivulet/engine';
import type { NumberTable } from '../tabular/numberTable.js';
import { contextualBandit } from './contextualBandit.js';
import type { ContextualBandit, ContextualBanditOptions } from './contextualBandit.js';

/** What {@link classificationBandit} takes. */
export interface ClassificationBanditOptions extends Omit<ContextualBanditOptions, 'contexts' | 'rewards'> {
  /** [N, d] */
  readonly features: NumberTable;
  /** `[N]`: the class of each row, 0 .. classes − 1. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
}

/**
 * A classification set as a bandit (Dudík, Langford and Li 2011): the features are the context, naming a class is the action, and the right class pays 1.
 * @throws when a label is not one of the classes, or as {@link contextualBandit} does.
 */
export function classificationBandit(options: ClassificationBanditOptions): ContextualBandit {
  const { features, labels, classes, ...rest } = options;
  const rewards = ndarray('float64', [labels.length, classes]);
  for (let i = 0; i < labels.length; i++) {
    if (!Number.isInteger(labels[i]) || labels[i] < 0 || labels[i] >= classes) throw new Error(`classificationBandit: label ${i} is ${labels[i]}, not in 0..${classes - 1}`);
    rewards.data[i * classes + labels[i]] = 1;
  }
  return contextualBandit({ ...rest, contexts: features, rewards });
}
